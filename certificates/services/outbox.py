"""Pending work on certificates, as queries. Doing it is idempotent."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Greatest, TruncDate

from certificates.exceptions import (
    CertificateRefusal,
    HoursMissing,
    NotIssued,
    NotPassed,
)
from certificates.models import Certificate, Origin, ProgrammeProof, ReasonClass
from certificates.services.grounds import Asked
from certificates.services.issue import Issue, issue_many
from certificates.services.withdraw import suspend_certificate
from courses.models import Enrolment
from exams.models import Result
from lms.evidence import clock

logger = logging.getLogger(__name__)

# One transaction's worth: a few hundredths of a second in which no other issues, and
# in which nobody else writes at all on SQLite.
AT_ONCE = 25
# So many are read at a time.
READ = 500
PROGRAMME = "training_class__programme__"
# ``subject_of`` in SQL.
SUBJECT = Case(
    When(
        **{f"{PROGRAMME}item__isnull": False},
        then=F(f"{PROGRAMME}item__code"),
    ),
    When(**{f"{PROGRAMME}audience": "OTHER"}, then=F(f"{PROGRAMME}code")),
    default=F(f"{PROGRAMME}audience"),
    output_field=CharField(),
)


@dataclass
class IssueReport:
    """What a batch did: counts, and every refusal with its reason."""

    eligible: int = 0
    issued: int = 0
    already: int = 0
    refused: list[dict] = field(default_factory=list)

    def as_json(self) -> dict:
        """Return the JSON object of S4.1."""
        return dict(vars(self))


def enrolments_awaiting_proof():
    """Enrolments that have earned a proof nobody has issued yet.

    A proof of the same person, kind, subject and day covers a second enrolment, and
    one that a person withdrew was decided on: they are named no more (E22). A pass
    after a proof has lost its own is named anew.
    """
    passes = Result.objects.passed().filter(enrolment=OuterRef("pk"))
    first_pass = passes.order_by("released_at", "pk").annotate(
        day=TruncDate("released_at", tzinfo=clock.SHANGHAI)
    )
    return Enrolment.objects.annotate(
        passed_day=Subquery(first_pass.values("day")[:1]),
        proof_day=Greatest("hours_met_on", "passed_day"),
        proof_subject=SUBJECT,
    ).filter(
        Q(_unproved("hours_met_on", needs_pass=False))
        | Q(passed_day__isnull=False) & Q(_unproved("proof_day", needs_pass=True)),
        hours_met_on__isnull=False,
    )


def _unproved(day, *, needs_pass):
    """Whether the programme earns a proof that no certificate with a basis covers."""
    same = Q(enrolment=OuterRef(OuterRef("pk"))) | Q(
        person=OuterRef(OuterRef("person")),
        subject=OuterRef(OuterRef("proof_subject")),
        valid_from=OuterRef(OuterRef(day)),
    )
    present = Certificate.objects.with_basis().filter(same, kind=OuterRef("kind"))
    return Exists(
        ProgrammeProof.objects.filter(
            ~Exists(present),
            programme=OuterRef("training_class__programme"),
            kind__issued_by_base=True,
            kind__needs_pass=needs_pass,
        )
    )


def proofs_without_basis():
    """Issued rows in force whose pass a regrade has taken away (C03)."""
    return Certificate.objects.open().filter(
        Q(suspended_from=None) | Q(suspended_to__isnull=False),
        origin=Origin.ISSUED,
        result__passed=False,
    )


def issue_for(
    enrolments: Iterable[Enrolment],
    *,
    by=None,
    progress: Callable[[int, int], None] | None = None,
) -> IssueReport:
    """Issue every proof some enrolments have earned, some in each transaction.

    One that the database refuses undoes the others of its transaction; then each is
    issued by itself, and only the faulty one is set aside. ``by`` is the member of
    staff who asked for it, None where a rule issues.
    """
    report = IssueReport()
    asked = _asked(list(enrolments))
    done = 0
    for group in _groups(asked):
        _issue_group(report, group, by)
        done += len(group)
        if progress:
            progress(done, len(asked))
    return report


def issue_awaiting() -> int:
    """Issue what has been earned and not issued; return how many."""
    waiting = list(
        enrolments_awaiting_proof().order_by("pk").values_list("pk", flat=True)
    )
    issued = 0
    for start in range(0, len(waiting), READ):
        part = Enrolment.objects.filter(pk__in=waiting[start : start + READ])
        part = part.select_related("training_class").order_by("pk")
        issued += issue_for(part).issued
    return issued


def suspend_without_basis(result: Result | None = None) -> int:
    """Suspend proofs whose pass a regrade took away, for a person to decide (C03).

    All there are, or those of one result; a row that refuses holds up no other. The
    register names who regraded, and why.
    """
    rows = proofs_without_basis().select_related("result__mark__made_by")
    if result:
        rows = rows.filter(result=result)
    done = 0
    for row in rows:
        try:
            suspend_certificate(
                row,
                reason_class=ReasonClass.RESULT_CHANGED,
                reason=row.result.mark.reason or "The result was regraded to fail.",
                by=row.result.mark.made_by,
            )
        except CertificateRefusal as refusal:
            logger.warning("certificate %s: %s", row.pk, refusal.code)
        else:
            done += 1
    return done


def _asked(enrolments) -> list[Asked]:
    """Each enrolment with each kind that its programme earns of the base."""
    kinds = defaultdict(list)
    earned = ProgrammeProof.objects.filter(
        programme__in={one.training_class.programme_id for one in enrolments},
        kind__issued_by_base=True,
    )
    for proof in earned.select_related("kind"):
        kinds[proof.programme_id].append(proof.kind)
    return [
        (enrolment, kind)
        for enrolment in enrolments
        for kind in kinds[enrolment.training_class.programme_id]
    ]


def _groups(asked) -> Iterator[list[Asked]]:
    """A few at a time, nobody twice in one kind: the second must see the first."""
    group, taken = [], set()
    for enrolment, kind in asked:
        key = (enrolment.person_id, kind.pk)
        if len(group) == AT_ONCE or key in taken:
            yield group
            group, taken = [], set()
        group.append((enrolment, kind))
        taken.add(key)
    if group:
        yield group


def _issue_group(report, group, by):
    try:
        answers = issue_many(group, by=by)
    except Exception:
        if len(group) > 1:
            for one in group:
                _issue_group(report, [one], by)
            return
        # Set aside: a fault of this one must not stop the others.
        logger.exception("enrolment %s: not issued", group[0][0].pk)
        answers = [Issue(refusal=NotIssued())]
    for (enrolment, kind), answer in zip(group, answers, strict=True):
        _count(report, enrolment, kind, answer)


def _count(report, enrolment, kind, answer):
    refusal = answer.refusal
    if isinstance(refusal, NotPassed | HoursMissing):
        return
    report.eligible += 1
    if refusal is None:
        report.issued += answer.is_new
        report.already += not answer.is_new
        return
    logger.warning("enrolment %s: %s", enrolment.pk, refusal.code)
    report.refused.append(
        {
            "enrolment": str(enrolment.uuid),
            "kind": kind.code,
            "code": refusal.code,
            "message": str(refusal),
        }
    )
