import datetime as dt
from itertools import pairwise

import pytest

from certificates.exceptions import ReasonMissing, WrongState
from certificates.models import Certificate, EarlierSuspension
from certificates.services import (
    cancel_certificate,
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
)
from tests.certificates.factories import RecordedFactory

pytestmark = pytest.mark.django_db

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
    row = RecordedFactory(valid_from=START)
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


def test_a_suspension_with_a_planned_end_goes_on_when_suspended_again():
    row = RecordedFactory(
        valid_from=START,
        suspended_from=dt.date(2026, 1, 5),
        suspended_to=dt.date(2026, 1, 20),
        suspended_reason="AUTHORITY",
    )

    suspend_certificate(row, **WHY, now=noon(10))

    row.refresh_from_db()
    assert (row.suspended_from, row.suspended_to) == (dt.date(2026, 1, 5), None)
    assert not EarlierSuspension.objects.exists()


def test_what_has_ended_is_not_suspended_and_what_is_not_suspended_not_reinstated():
    row = RecordedFactory(valid_from=START)

    with pytest.raises(WrongState):
        reinstate_certificate(row, reason="误操作")
    with pytest.raises(ReasonMissing):
        suspend_certificate(row, reason_class="AUTHORITY", reason="  ")
    cancel_certificate(row, **WHY)
    with pytest.raises(WrongState):
        suspend_certificate(row, **WHY)
