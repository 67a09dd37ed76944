"""No call of a running exam reads a whole table, however much is in it."""

import json

import pytest
from django.db import connection
from django.utils import timezone

from exams.models import AnswerEntry, Attempt
from lms.people.models import Person
from tests.exams.phone import Phone, right_answers
from tests.factories.sittings import make_sitting

pytestmark = [pytest.mark.django_db, pytest.mark.services]

OTHERS, ANSWERS_EACH = 2_000, 10
# Tables that grow with every exam; a scan of a short one costs nothing.
GROWING = (Attempt._meta.db_table, AnswerEntry._meta.db_table)


@pytest.fixture
def full_tables():
    """An exam in a database that holds the attempts of two thousand others."""
    template = Phone(make_sitting())
    template.start()
    row = Attempt.objects.get(uuid=template.attempt)
    fields = {
        field.attname: getattr(row, field.attname)
        for field in Attempt._meta.concrete_fields
        if field.attname not in ("id", "uuid", "person_id")
    }
    people = Person.objects.bulk_create(
        Person(name="学员", id_key=f"key-{number}", id_sealed=b"")
        for number in range(OTHERS)
    )
    attempts = Attempt.objects.bulk_create(
        Attempt(**fields | {"person": person, "state": "finished"}) for person in people
    )
    AnswerEntry.objects.bulk_create(
        (
            AnswerEntry(
                attempt=attempt,
                seat_epoch=1,
                seq=seq,
                slot="1",
                value='"x"',
                sha256="0" * 64,
                received_at=timezone.now(),
                disposition="counted",
            )
            for attempt in attempts
            for seq in range(1, ANSWERS_EACH + 1)
        ),
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


class Statements:
    """Keeps what is executed, and says which of it reads a growing table whole."""

    def __init__(self):
        self.seen = []

    def __call__(self, execute, sql, params, many, context):
        if not many:
            self.seen.append((sql, params))
        return execute(sql, params, many, context)

    def scans(self):
        return [
            (sql[-400:], plan)
            for sql, params in self.seen
            if sql.startswith(("SELECT", "WITH", "UPDATE"))
            for plan in _whole_tables(sql, params)
        ]


def _whole_tables(sql, params):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Not of an INSERT: it names the tables that point to the new row, which
            # are read only while a transaction owes a foreign key.
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            steps = [row[3] for row in cursor.fetchall()]
            return [s for s in steps if s.startswith("SCAN") and _grows(s.split())]
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        [[plan]] = cursor.fetchall()
        plan = json.loads(plan) if isinstance(plan, str) else plan
        return [n for n in _nodes(plan[0]["Plan"]) if n["Node Type"] == "Seq Scan"]


def _nodes(node):
    if node.get("Relation Name") in GROWING:
        yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _grows(words):
    # An alias stands where the table's name would: e of the journal, t of the turn.
    return words[1] in (*GROWING, "e")


def test_no_call_of_an_exam_reads_a_growing_table_whole(full_tables):
    statements = Statements()
    phone = Phone(make_sitting())

    with connection.execute_wrapper(statements):
        assert phone.start().status_code == 200
        attempt = Attempt.objects.get(uuid=phone.attempt)
        answers = right_answers(attempt)
        rows = [(n, *pair) for n, pair in enumerate(answers.items(), 1)]
        assert phone.save(*rows).status_code == 200
        assert phone.save(*rows).status_code == 200  # sent again
        assert phone.save((1, "4", ["other"])).status_code == 200  # a conflict
        assert phone.save((1, "4", ["other"])).status_code == 200
        assert phone.resume().status_code == 200
        assert phone.take_seat().status_code == 200
        assert phone.submit(answers, 0).status_code in (200, 409)
        assert phone.resume().status_code == 200

    assert len(statements.seen) > 20
    assert statements.scans() == []


def test_a_look_up_without_the_condition_of_the_index_is_noticed(full_tables):
    statements = Statements()

    with connection.execute_wrapper(statements):
        list(AnswerEntry.objects.filter(attempt=1, seq=3))

    assert statements.scans() != []
