"""Which certificates fit which post, on a day: the rule of 持证率 (R5.2)."""

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from certificates.models.status import Status
from certificates.services.official_facts import SPECIAL_OPERATION
from lms.people.models import Role
from lms.plan.indicators.question import Question
from lms.plan.indicators.relations import flag

SAFETY_COMPETENCE = "SAFETY_COMPETENCE"
TRAINING_PROOF = "TRAINING_PROOF"

# Which certificates are for an operation item at all.
FITS_ITEM = Q(kind__code=SPECIAL_OPERATION, item__isnull=False)

# Inside its last sixty days a certificate is valid, and about to lapse.
LAPSING = (Status.REVIEW_WINDOW, Status.RENEWAL_WINDOW)


def fits_role(role: Role) -> Q:
    """Say which certificates for a role fit some post of it."""
    return Q(kind__code__in=[SAFETY_COMPETENCE, TRAINING_PROOF], role=role)


def reaches(kind_code: str, *, high: bool) -> bool:
    """Whether a kind that fits the role is enough for a post of this hazard class."""
    return kind_code == SAFETY_COMPETENCE or not high


def role_columns() -> dict:
    """High-hazard posts ask for grade 2, the statutory certificate; others for 1."""
    grade = Case(
        When(kind__code=SAFETY_COMPETENCE, then=Value(2)),
        default=Value(1),
        output_field=IntegerField(),
    )
    return {"who": F("person_id"), "grade": grade}


def item_certificates(question: Question) -> QuerySet:
    """Return valid special-operation certificates, of every issuing system."""
    return question.valid_certificates.filter(FITS_ITEM)


def item_columns() -> dict:
    """Person, item and system must all match the post."""
    return {
        "who": F("person_id"),
        "what": F("item_id"),
        "system": F("issuing_system"),
    }


def safe_column() -> dict:
    """Say which valid certificates, given with their status, outlast sixty days."""
    return {"safe": flag(~Q(status__in=LAPSING))}
