"""Which rows of a model a user may see."""

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.http import Http404

from lms.access.levels import Access

# Rules, catalogues, classes and the bank name nobody: whoever of the staff may open
# the kind (its policy says who) sees every row.
SEEN_BY_STAFF = frozenset(
    {
        "campaigns.SiteFacts",
        "certificates.CertificateKind",
        "certificates.DailyHead",
        "certificates.Issuer",
        "certificates.ProgrammeProof",
        "certificates.RuleSet",
        "courses.HourRule",
        "courses.Programme",
        "courses.StudyRule",
        "courses.TrainingClass",
        "exams.Blueprint",
        "exams.KnowledgePoint",
        "exams.ProgrammeExam",
        "exams.Question",
        "exams.QuestionBank",
        "people.Industry",
        "people.OperationItem",
        "people.Town",
    }
)
# Accounts and what they did, in any town: for those who see the whole city.
SEEN_BY_CITY = frozenset({"people.AuditEvent", "people.User"})


def rows_for(model, user):
    """The rows of a model a user may see: its ``visible_to``, or a list above.

    Raises ``ImproperlyConfigured`` for a model that says nothing: silence would
    show every town's rows to each.
    """
    rows = model._default_manager.all()
    if hasattr(rows, "visible_to"):
        return rows.visible_to(user)
    if model._meta.label in SEEN_BY_STAFF:
        return rows
    if model._meta.label in SEEN_BY_CITY:
        whole_city = user.is_superuser or user.access == Access.CITY
        return rows if whole_city else rows.none()
    raise ImproperlyConfigured(f"Nobody said who sees the rows of {model._meta.label}.")


def with_keys(rows, keys):
    """The rows that have one of the keys, as a browser sent them.

    Raises ``Http404`` where a key is none at all: a word, ², more than a database
    can count.
    """
    clean = rows.model._meta.pk.clean
    try:
        return rows.filter(pk__in=[clean(key, None) for key in keys])
    except ValidationError as error:
        raise Http404 from error
