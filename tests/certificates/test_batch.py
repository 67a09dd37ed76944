"""Many proofs in one transaction: few statements, the promises of one by one."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certificates.models import Certificate, CertificateEvent, NumberSeries
from certificates.register.checker import check_register
from certificates.services import enrolments_awaiting_proof, issue_awaiting, issue_for
from certificates.services.outbox import AT_ONCE
from tests.factories.people import PersonFactory
from tests.factories.proofs import TrainedFactory, earn, issue

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.services,
    pytest.mark.usefixtures("signing_keys"),
]

NEXT_YEAR = dt.datetime(2022, 11, 21, 8, tzinfo=dt.UTC)


def a_class_of(people):
    first = earn()
    same = {"training_class": first.training_class}
    return [first, *[earn(enrolment=TrainedFactory(**same)) for _ in range(people - 1)]]


def test_a_group_issues_refuses_renews_and_covers_as_one_by_one_would():
    older = issue()
    renewed = earn(enrolment__person=older.person, released_at=NEXT_YEAR)
    plain, strange = earn(), earn(enrolment__person=PersonFactory(name="李𪚥"))
    twice = earn(enrolment__person=plain.person)
    later = earn(enrolment__person=plain.person, released_at=NEXT_YEAR)
    failed = earn(passed=False, score=40)

    report = issue_for([renewed, plain, strange, twice, later, failed])

    assert (report.eligible, report.issued, report.already) == (5, 3, 1)
    assert [refused["code"] for refused in report.refused] == ["glyph_missing"]
    older.refresh_from_db()
    mine = Certificate.objects.filter(person=plain.person).order_by("valid_from")
    assert older.replaced_on == mine[0].replaced_on == NEXT_YEAR.date()
    assert mine[1].predecessor == mine[0]
    events = CertificateEvent.objects.values_list("action", flat=True)
    assert list(events) == ["issue", "issue", "replace", "issue", "issue", "replace"]
    series = NumberSeries.objects.order_by("year").values_list("year", "last")
    assert list(series) == [(2021, 2), (2022, 2)]
    assert check_register()["ok"]


def test_the_numbers_of_a_group_follow_its_order_and_leave_no_gap():
    enrolments = a_class_of(AT_ONCE + 2)

    assert issue_for(enrolments).issued == len(enrolments)

    rows = Certificate.objects.filter(enrolment__in=enrolments).order_by("number")
    assert [row.enrolment for row in rows] == enrolments
    counts = [int(row.number[7:13]) for row in rows]
    assert counts == list(range(1, len(rows) + 1))
    assert CertificateEvent.objects.count() == len(rows)
    assert check_register()["ok"]


def test_a_group_costs_as_many_statements_as_one():
    issue()  # its series of numbers is there

    def statements(people):
        enrolments = a_class_of(people)
        with CaptureQueriesContext(connection) as counted:
            assert issue_for(enrolments).issued == people
        return len(counted)

    # Kinds, transaction, persons, the day, enrolments, passes, hours, cycles, proofs,
    # issuers, two of the number, certificates, three of the register, transaction.
    assert statements(1) == statements(AT_ONCE) == 17


def test_the_fault_of_one_undoes_no_other_of_its_group(caplog):
    audience = {"enrolment__training_class__programme__audience": "PRINCIPAL"}
    issue(**audience)
    # What no rule foresees: the database itself refuses the number.
    NumberSeries.objects.filter(letter="Z").update(last=0)
    good, bad = a_class_of(3), earn(**audience)

    assert issue_awaiting() == 3

    assert list(enrolments_awaiting_proof()) == [bad]
    assert Certificate.objects.filter(enrolment__in=good).count() == 3
    assert caplog.text.count("not issued") == 1
    assert check_register()["ok"]
