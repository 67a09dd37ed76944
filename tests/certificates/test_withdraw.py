import datetime as dt
from itertools import pairwise

import pytest
from django.db import IntegrityError

from certificates.exceptions import OfficialDecision, ReasonMissing, WrongState
from certificates.models import Certificate, CertificateEvent
from certificates.services import (
    cancel_certificate,
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
)
from tests.factories.proofs import RecordedFactory, issue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]

START = dt.date(2026, 1, 1)
WHY = {"reason_class": "UNDER_INVESTIGATION", "reason": "核查中"}


def noon(day):
    return dt.datetime(2026, 1, day, 4, tzinfo=dt.UTC)


def past(row):
    """What the row was worth on every day of its first two months, both ways."""
    row = Certificate.objects.get(pk=row.pk)
    days = [START + dt.timedelta(count) for count in range(60)]
    in_python = [row.status_on(day) for day in days]
    in_sql = [Certificate.objects.with_status_on(day).get().status for day in days]
    valid = [Certificate.objects.valid_on(day).exists() for day in days]
    assert in_python == in_sql
    assert valid == [status == "VALID" for status in in_python]
    return in_python


@pytest.mark.services
def test_suspending_again_and_again_rewrites_no_past_day():
    row = issue(valid_from=START)
    steps = [
        (5, suspend_certificate),
        (8, reinstate_certificate),
        (12, suspend_certificate),
        (15, reinstate_certificate),
        (20, suspend_certificate),
        (20, reinstate_certificate),
        (22, suspend_certificate),
        (22, suspend_certificate),
        (25, reinstate_certificate),
        (28, revoke_certificate),
    ]

    seen = [(1, past(row))]
    for day, service in steps:
        service(row, **WHY, now=noon(day))
        seen.append((day, past(row)))

    for (_, before), (day, after) in pairwise(seen):
        assert after[: day - 1] == before[: day - 1]
    suspended = [i + 1 for i, status in enumerate(after) if status == "SUSPENDED"]
    assert suspended == [5, 6, 7, 12, 13, 14, 22, 23, 24]


def test_what_has_ended_is_not_suspended_and_what_is_not_suspended_not_reinstated():
    row = issue(valid_from=START)

    with pytest.raises(WrongState):
        reinstate_certificate(row, reason="误操作")
    with pytest.raises(ReasonMissing):
        suspend_certificate(row, reason_class="AUTHORITY", reason="  ")
    cancel_certificate(row, **WHY)
    with pytest.raises(WrongState):
        suspend_certificate(row, **WHY)


@pytest.mark.parametrize("end", [revoke_certificate, cancel_certificate])
def test_what_was_withdrawn_while_suspended_is_not_reinstated(end):
    row = issue(valid_from=START)
    suspend_certificate(row, **WHY)
    end(row, **WHY)
    entries = CertificateEvent.objects.count()

    with pytest.raises(WrongState):
        reinstate_certificate(row, reason="误操作")

    assert CertificateEvent.objects.count() == entries


@pytest.mark.parametrize(
    "service",
    [
        revoke_certificate,
        cancel_certificate,
        suspend_certificate,
        reinstate_certificate,
    ],
)
def test_what_an_authority_decides_on_is_not_touched_here(service):
    row = RecordedFactory(suspended_from=START, suspended_reason="AUTHORITY")
    before = Certificate.objects.values().get()

    with pytest.raises(OfficialDecision):
        service(row, **WHY)

    assert Certificate.objects.values().get() == before
    assert not CertificateEvent.objects.exists()


@pytest.mark.services
@pytest.mark.parametrize(
    "fields",
    [{"cancelled_on": START}, {"cancelled_reason": "AUTHORITY"}],
    ids=["no-reason", "no-date"],
)
def test_what_is_cancelled_has_a_date_and_a_reason(fields):
    with pytest.raises(IntegrityError, match="certificate_cancelled_with_reason"):
        RecordedFactory(**fields)
