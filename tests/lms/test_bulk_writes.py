"""Rows written in bulk hold what an ordinary insert would, and are judged like it."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from lms.evidence import clock
from lms.people.models import Person
from lms.sheets import bulk_writes
from lms.sheets.bulk_writes import insert_rows, reserve_keys, update_rows

pytestmark = [pytest.mark.django_db, pytest.mark.services]

SAME = {"id_type": "RESIDENT", "id_masked": "4*1"}
SAME |= {"phone_key": "", "phone_sealed": b"", "phone_masked": ""}
NAMES = ("id", "uuid", "name", "id_key", "id_sealed", "recorded_at", *SAME)
# What the formats of COPY would take for something else.
TRICKY = ("王\t芳", "\\N", 'O"Neil', "a\nb\\.")


def rows(names):
    now = clock.now()
    return [
        (pk, uuid.uuid4(), name, f"key {n}", b"\x00\\x\xff\n", now, *SAME.values())
        for n, (pk, name) in enumerate(
            zip(reserve_keys(Person, len(names)), names, strict=True)
        )
    ]


def test_rows_hold_what_was_given():
    written = rows(TRICKY)

    insert_rows(Person, NAMES, written)

    stored = Person.objects.filter(pk__in=[row[0] for row in written]).order_by("pk")
    held = [
        tuple(bytes(v) if isinstance(v, memoryview) else v for v in values)
        for values in stored.values_list(*NAMES)
    ]
    assert held == written


@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_every_row_is_written_however_many_go_together(monkeypatch, count):
    monkeypatch.setattr(bulk_writes, "TOGETHER", 2)
    names = [f"人{n}" for n in range(count)]

    insert_rows(Person, NAMES, rows(names))

    assert list(Person.objects.order_by("pk").values_list("name", flat=True)) == names


def test_the_next_row_gets_a_key_of_its_own():
    written = rows(TRICKY)
    insert_rows(Person, NAMES, written)

    later = Person.objects.create(name="后来", id_key="later", id_sealed=b"")

    assert later.pk > max(row[0] for row in written)


def test_the_database_refuses_what_it_refuses_of_any_row():
    first = rows(["甲"])
    insert_rows(Person, NAMES, first)
    same_number = rows(["乙"])

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Person, NAMES, same_number)

    assert list(Person.objects.values_list("name", flat=True)) == ["甲"]


def test_rows_are_changed_by_their_key():
    written = rows(["甲", "乙", "丙"])
    insert_rows(Person, NAMES, written)
    day = dt.datetime(2026, 5, 3, 4, 5, 6, 789, tzinfo=dt.UTC)

    update_rows(
        Person,
        ["name", "identity_checked_at"],
        [(pk, f"{name}二", day) for pk, _uuid, name, *_rest in written[:2]],
    )

    held = Person.objects.order_by("pk").values_list("name", "identity_checked_at")
    assert list(held) == [("甲二", day), ("乙二", day), ("丙", None)]
