"""What a holder is told: state, date and what to do, on the first screen."""

import datetime as dt

import pytest
from django.template.defaultfilters import date as worded

from certificates.verification.answers import OUTCOMES, Answer
from certificates.views.presentation import standing_of, waiting_for_holder
from lms.evidence import clock
from tests.factories.people import PersonFactory, StaffFactory
from tests.factories.proofs import RecordedFactory

pytestmark = pytest.mark.django_db


def days(number):
    return clock.today() + dt.timedelta(days=number)


def recorded(**fields):
    fields = {"valid_from": days(-900), "valid_to": days(900)} | fields
    return RecordedFactory(first_issued_on=fields["valid_from"], **fields)


def answer(row):
    status = row.status_on(clock.today())
    return Answer(OUTCOMES[status], status, row, clock.today())


@pytest.mark.parametrize(
    ("ends_in", "word", "tone", "when", "acts"),
    [
        (900, "有效", "ok", "有效期至{day}", False),
        (41, "有效，即将到期", "warn", "有效期至{day} · 还有 41 天", True),
        (-3, "已过期", "bad", "有效期到{day}，已过期", True),
    ],
    ids=["valid", "41 days left", "expired"],
)
def test_a_holder_reads_state_date_and_what_to_do(ends_in, word, tone, when, acts):
    standing = standing_of(answer(recorded(valid_to=days(ends_in))))

    assert (standing.word, standing.tone) == (word, tone)
    assert standing.when == when.format(day=worded(days(ends_in), "DATE_FORMAT"))
    assert bool(standing.to_do) == acts


def test_an_overdue_review_is_said_with_its_own_date():
    row = recorded(valid_from=dt.date(2017, 1, 19), review_due_on=dt.date(2020, 1, 19))

    standing = standing_of(answer(row))

    assert (standing.word, standing.tone) == ("逾期未复审", "bad")
    assert standing.when == "应在2020年1月19日前复审，已逾期"
    assert "复审班" in standing.to_do


def test_a_lapsed_certificate_waits_only_where_none_of_its_kind_counts():
    person = PersonFactory()
    ended = {"revoked_on": days(-3), "revoked_reason": "ISSUED_IN_ERROR"}
    lapsed = answer(recorded(person=person, **ended))
    newer = answer(recorded(valid_from=days(-2), person=person))
    soon = answer(recorded(valid_to=days(9), person=person, subject="3.1"))

    assert waiting_for_holder([soon, lapsed]) == [lapsed, soon]
    assert waiting_for_holder([soon, lapsed, newer]) == [soon]


@pytest.mark.parametrize("address", ["/learn/", "/certificates/"])
def test_an_expired_certificate_stands_on_the_first_screen(client, address):
    row = recorded(valid_to=days(-3))
    client.force_login(StaffFactory(person=row.person))

    page = client.get(address).text

    head = page[: page.index("waiting-certificates") + 2000]
    for words in ("已过期", worded(days(-3), "DATE_FORMAT"), "已经不算数"):
        assert words in head
