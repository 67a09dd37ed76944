"""Other people beside the measured ones, as in a running installation."""

from courses.models import Enrolment
from exams.models import AnswerEntry, Attempt
from lms.people.models import Person
from tests.benchmarks.plan_city import analyse

# A connection keeps its plans once the tables hold so many.
OTHERS = 2_000


def add_others(attempt: Attempt, enrolment: Enrolment | None = None) -> None:
    """Copy a finished attempt, and an enrolment, to many people; analyse the tables."""
    people = Person.objects.bulk_create(
        Person(name="学员", id_key=f"other-{attempt.pk}-{number}", id_sealed=b"")
        for number in range(OTHERS)
    )
    if enrolment:
        enrolments = (_copy(enrolment, person=person) for person in people)
        Enrolment.objects.bulk_create(enrolments)
    attempts = (_copy(attempt, person=person, state="finished") for person in people)
    AnswerEntry.objects.bulk_create(
        AnswerEntry(
            attempt=one,
            seat_epoch=1,
            seq=1,
            slot="1",
            value='"x"',
            sha256="0" * 64,
            received_at=one.started_at,
            disposition="counted",
        )
        for one in Attempt.objects.bulk_create(attempts)
    )
    analyse()


def _copy(row, **changes):
    fields = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in {"id", "uuid", *changes}
    }
    return type(row)(**fields, **changes)
