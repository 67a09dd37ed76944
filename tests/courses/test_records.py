import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from courses.models import HourRule, TrainingCredit, TrainingRecord
from courses.services import RecordDraft, append_records
from courses.services.records import copy_of
from tests.factories.classes import EnrolmentFactory
from tests.factories.people import OrganisationFactory, PersonFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 4, tzinfo=dt.UTC)


def record(person, day, kind, hours, *, high=False, **fields):
    return TrainingRecord(
        person=person,
        holder_name=person.name if person else "某人",
        kind=kind,
        high_hazard=high,
        hours=Decimal(hours),
        done_on=dt.date.fromisoformat(day),
        source="import",
        recorded_at=fields.pop("recorded_at", NOW),
        **fields,
    )


def completions():
    return [
        (credit.record.done_on.isoformat(), credit.record.kind)
        for credit in TrainingCredit.objects.filter(
            record__in=TrainingRecord.objects.current(), completed=True
        )
        .select_related("record")
        .order_by("record__done_on")
    ]


def append(*records, audience="PRINCIPAL", now=NOW):
    return append_records([RecordDraft(r, [audience]) for r in records], now=now)


def test_late_earlier_training_corrects_the_one_that_stands():
    person = PersonFactory()
    high = record(person, "2018-05-01", "INITIAL", 16, high=True)
    append(high)
    assert completions() == []

    append(record(person, "2017-05-01", "INITIAL", 32))

    assert completions() == [("2017-05-01", "INITIAL"), ("2018-05-01", "INITIAL")]
    high.refresh_from_db()
    assert high.credits.get().completed is False
    assert high.correction.credits.get().required_hours == 16


def test_any_order_of_arrival_leaves_the_same_completions():
    rows = [("2019-03-01", 5), ("2019-06-01", 7), ("2019-09-01", 4)]
    found = []
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        person = PersonFactory()
        for number in order:
            append(record(person, rows[number][0], "ANNUAL", rows[number][1]))
        found.append(
            list(
                TrainingCredit.objects.filter(
                    record__in=TrainingRecord.objects.current(),
                    record__person=person,
                    completed=True,
                ).values_list("record__done_on", flat=True)
            )
        )

    assert found == [[dt.date(2019, 6, 1)]] * 3


def test_hours_loaded_later_change_no_past_figure():
    person = PersonFactory()
    old = record(person, "2018-05-01", "SPECIAL_TOPIC", 4)
    append(old)
    HourRule.objects.create(
        rule_set="LOCAL",
        audience="PRINCIPAL",
        high_hazard=False,
        kind="SPECIAL_TOPIC",
        hours=8,
        valid_from=dt.date(2018, 1, 1),
    )

    append(record(person, "2018-06-01", "SPECIAL_TOPIC", 4))
    append(copy_of(old, now=NOW, hours=Decimal(5)))

    assert completions() == [("2018-05-01", "SPECIAL_TOPIC")]


def test_records_without_identity_are_judged_alone():
    append(
        record(None, "2019-03-01", "ANNUAL", 6), record(None, "2019-03-01", "ANNUAL", 6)
    )

    assert completions() == []


def test_current_shows_what_was_known_at_a_moment():
    person = PersonFactory()
    old = append(record(person, "2018-05-01", "INITIAL", 30))[0]
    later = NOW + dt.timedelta(days=1)
    new = append(copy_of(old, now=later, hours=Decimal(32)), now=later)[0]

    assert list(TrainingRecord.objects.current()) == [new]
    assert list(TrainingRecord.objects.current(recorded_by=NOW)) == [old]
    assert list(TrainingRecord.objects.current(recorded_by=later)) == [new]


@pytest.mark.services
@pytest.mark.parametrize(
    "change",
    [
        lambda r: TrainingRecord.objects.filter(pk=r.pk).update(hours=99),
        lambda r: TrainingRecord.objects.filter(pk=r.pk)._raw_delete("default"),
        lambda r: r.credits.update(completed=True),
        lambda r: r.credits.all()._raw_delete("default"),
    ],
    ids=["update", "delete", "update credit", "delete credit"],
)
def test_evidence_refuses_to_change_e14(change):
    old = append(record(PersonFactory(), "2018-05-01", "INITIAL", 30))[0]

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(old)

    old.refresh_from_db()
    assert (old.hours, old.credits.get().completed) == (30, False)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"hours": Decimal(-1)}, "courses_trainingrecord_hours_not_negative"),
        ({"result": "passed"}, "courses_trainingrecord_pass_date_exactly_with_pass"),
        (
            {"passed_on": dt.date(2018, 1, 1)},
            "courses_trainingrecord_pass_date_exactly_with_pass",
        ),
        ({"source": "class"}, "courses_trainingrecord_enrolment_exactly_for_classes"),
    ],
    ids=["negative hours", "pass without date", "date without pass", "class alone"],
)
def test_record_constraints_hold(fields, name):
    bad = record(PersonFactory(), "2018-05-01", "INITIAL", 30)
    for field, value in fields.items():
        setattr(bad, field, value)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        bad.save()


def test_one_record_per_imported_row():
    person = PersonFactory()
    append(record(person, "2018-05-01", "INITIAL", 30, row_key="k"))

    with pytest.raises(IntegrityError, match="row_key"), transaction.atomic():
        append(record(person, "2018-05-01", "INITIAL", 31, row_key="k"))


def test_one_record_per_enrolment():
    enrolment = EnrolmentFactory()
    facts = {"enrolment": enrolment}
    first = record(enrolment.person, "2026-05-01", "INITIAL", 30, **facts)
    first.source = "class"
    append(first)
    second = record(enrolment.person, "2026-05-02", "INITIAL", 30, **facts)
    second.source = "class"

    with pytest.raises(IntegrityError, match="enrolment"), transaction.atomic():
        append(second)


def test_one_credit_per_audience_of_a_record():
    old = append(record(PersonFactory(), "2018-05-01", "INITIAL", 30))[0]

    with pytest.raises(IntegrityError, match="audience"), transaction.atomic():
        TrainingCredit.objects.create(record=old, audience="PRINCIPAL", completed=True)


def test_records_are_seen_by_scope(django_user_model):
    employer = OrganisationFactory()
    person = PersonFactory()
    mine = append(record(person, "2018-05-01", "INITIAL", 30, employer=employer))[0]
    other = append(record(PersonFactory(), "2018-05-01", "INITIAL", 30))[0]

    def seen(**fields):
        user = django_user_model(username="x", is_active=True, **fields)
        return set(TrainingRecord.objects.visible_to(user))

    assert seen(access="SELF", person=person) == {mine}
    assert seen(access="SELF") == set()
    assert seen(access="ORGANISATION", organisation=employer) == {mine}
    assert seen(access="CITY") == {mine, other}
