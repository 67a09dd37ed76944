import datetime as dt
import random

import pytest
from dateutil.relativedelta import relativedelta

from certificates.models import (
    Certificate,
    CertificateKind,
    EarlierSuspension,
    Origin,
    RuleSet,
)
from certificates.models.status import Status, status_on
from tests.factories.people import PersonFactory
from tests.factories.proofs import RecordedFactory

pytestmark = pytest.mark.django_db

day = dt.date.fromisoformat


VALID = {Status.VALID, Status.REVIEW_WINDOW, Status.RENEWAL_WINDOW}


def special_operation(first, **fields):
    """An unreviewed special-operation certificate first issued on a day (R2010)."""
    first = day(first)
    return Certificate(
        valid_from=first,
        first_issued_on=first,
        valid_to=first + relativedelta(years=6),
        review_due_on=first + relativedelta(years=3),
        **fields,
    )


@pytest.mark.parametrize(
    ("first", "reviewed", "on", "expected"),
    [
        pytest.param("2017-01-19", None, "2020-01-19", "REVIEW_WINDOW", id="a"),
        pytest.param("2017-01-19", None, "2020-01-20", "REVIEW_OVERDUE", id="b"),
        pytest.param(
            "2017-01-19", "2019-12-20", "2022-12-01", "RENEWAL_WINDOW", id="c"
        ),
        pytest.param(
            "2017-01-19", "2019-12-20", "2023-01-19", "RENEWAL_WINDOW", id="d"
        ),
        pytest.param("2017-01-19", "2019-12-20", "2023-01-20", "EXPIRED", id="e"),
        pytest.param("2024-03-15", None, "2027-04-01", "VALID", id="f"),
        pytest.param("2022-05-01", None, "2026-11-01", "REVIEW_OVERDUE", id="g"),
        pytest.param("2023-06-01", None, "2026-06-01", "VALID", id="h"),
        pytest.param("2023-05-31", None, "2026-06-01", "REVIEW_OVERDUE", id="i"),
    ],
)
def test_tc05_status_with_r2026_enabled(first, reviewed, on, expected):
    row = special_operation(first, review_passed_on=reviewed and day(reviewed))

    assert row.status_on(day(on)) == expected


@pytest.mark.parametrize(
    ("first", "on", "expected"),
    [
        pytest.param("2024-03-15", "2027-04-01", "REVIEW_OVERDUE", id="f"),
        pytest.param("2023-06-01", "2026-06-01", "REVIEW_WINDOW", id="h-on-the-day"),
        pytest.param("2023-06-01", "2026-06-02", "REVIEW_OVERDUE", id="h-day-after"),
        pytest.param("2022-05-01", "2026-11-01", "REVIEW_OVERDUE", id="g"),
    ],
)
def test_tc05_status_with_r2026_disabled(first, on, expected):
    RuleSet.objects.filter(code="R2026").update(enabled=False)

    assert special_operation(first).status_on(day(on)) == expected


@pytest.mark.parametrize(
    ("start", "years", "expected"),
    [
        ("2016-02-29", 3, "2019-02-28"),
        ("2016-02-29", 6, "2022-02-28"),
        ("2016-02-29", 4, "2020-02-29"),
        ("2017-01-19", 3, "2020-01-19"),
    ],
)
def test_tc05_j_a_review_is_due_on_the_same_day_years_later(start, years, expected):
    rules = RuleSet(review_years=years)

    assert rules.review_due(day(start)) == day(expected)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2020-01-19", "REVIEW_WINDOW"),
        ("2020-01-20", "REVIEW_OVERDUE"),
        ("2020-03-04", "REVIEW_OVERDUE"),
        ("2020-03-05", "VALID"),
    ],
)
def test_late_review_leaves_the_gap_invalid(on, expected):
    row = special_operation("2017-01-19", review_passed_on=day("2020-03-05"))

    assert row.status_on(day(on)) == expected


@pytest.mark.parametrize(
    ("fields", "on", "expected"),
    [
        ({"cancelled_on": "2018-05-01"}, "2018-04-30", "VALID"),
        ({"cancelled_on": "2018-05-01"}, "2018-05-01", "CANCELLED"),
        ({"revoked_on": "2018-05-01"}, "2018-05-01", "REVOKED"),
        ({"replaced_on": "2018-05-01"}, "2018-05-01", "SUPERSEDED"),
        (
            {"revoked_on": "2018-05-01", "cancelled_on": "2018-06-01"},
            "2018-06-01",
            "CANCELLED",
        ),
        (
            {"suspended_from": "2018-05-01", "suspended_to": "2018-05-31"},
            "2018-05-31",
            "SUSPENDED",
        ),
        (
            {"suspended_from": "2018-05-01", "suspended_to": "2018-05-31"},
            "2018-06-01",
            "VALID",
        ),
        ({"suspended_from": "2018-05-01"}, "2019-05-01", "SUSPENDED"),
        ({}, "2017-01-18", "NOT_YET_VALID"),
        ({}, "2017-01-19", "VALID"),
        ({}, "2019-11-19", "VALID"),
        ({}, "2019-11-20", "REVIEW_WINDOW"),
    ],
)
def test_boundary_days_are_inclusive(fields, on, expected):
    row = special_operation(
        "2017-01-19", **{name: day(text) for name, text in fields.items()}
    )

    assert row.status_on(day(on)) == expected


@pytest.mark.services
@pytest.mark.parametrize("r2026", [True, False], ids=["r2026-on", "r2026-off"])
def test_python_and_sql_give_the_same_status_for_random_rows_and_days(r2026):
    RuleSet.objects.filter(code="R2026").update(enabled=r2026)
    rng = random.Random(27)
    made = _random_rows(rng, 400)
    days = [_near(rng, row) for row in rng.sample(made, 60)]
    rows = Certificate.objects.prefetch_related("earlier_suspensions")
    given = {
        row: {
            "reviews_end_on": RuleSet.objects.reviews_end_on(),
            "earlier": list(row.earlier_suspensions.all()),
        }
        for row in rows
    }

    for on in days:
        in_sql = dict(
            Certificate.objects.with_status_on(on).values_list("pk", "status")
        )
        valid = set(Certificate.objects.valid_on(on).values_list("pk", flat=True))
        in_python = {row.pk: status_on(row, on, **given[row]) for row in given}

        assert in_sql == in_python
        assert valid == {pk for pk, s in in_python.items() if s in VALID}
    assert in_python == {row.pk: row.status_on(on) for row in rows}


def test_every_status_occurs_in_the_random_rows():
    rng = random.Random(27)
    rows = _random_rows(rng, 400)

    seen = {row.status_on(_near(rng, row)) for row in rows for _ in range(10)}

    assert seen == set(Status)


def _random_rows(rng, count):
    person = PersonFactory()
    kind = CertificateKind.objects.get(code="SPECIAL_OPERATION")

    def maybe(chance, base, spread):
        if rng.random() > chance:
            return None
        return base + dt.timedelta(rng.randint(-spread, spread))

    rows = []
    for number in range(count):
        start = dt.date(2016, 1, 1) + dt.timedelta(rng.randrange(4000))
        suspended = maybe(0.3, start + dt.timedelta(700), 700)
        ends = suspended and maybe(0.7, suspended + dt.timedelta(120), 120)
        revoked = maybe(0.15, start + dt.timedelta(1200), 1300)
        cancelled = maybe(0.1, start + dt.timedelta(1200), 1300)
        rows.append(
            Certificate(
                person=person,
                kind=kind,
                subject=f"s{number}",
                origin=Origin.RECORDED,
                holder_name="李海生",
                first_issued_on=start,
                valid_from=start,
                valid_to=start + relativedelta(years=6) if rng.random() < 0.8 else None,
                review_due_on=start + relativedelta(years=3)
                if rng.random() < 0.7
                else None,
                review_passed_on=maybe(0.4, start + relativedelta(years=3), 90),
                suspended_from=suspended,
                suspended_to=ends,
                revoked_on=revoked,
                revoked_reason="AUTHORITY" if revoked else "",
                cancelled_on=cancelled,
                cancelled_reason="AUTHORITY" if cancelled else "",
                replaced_on=maybe(0.15, start + dt.timedelta(1200), 1300),
            )
        )
    rows = Certificate.objects.bulk_create(rows)
    EarlierSuspension.objects.bulk_create(
        EarlierSuspension(
            certificate=row,
            first_day=row.suspended_from - dt.timedelta(40),
            last_day=row.suspended_from - dt.timedelta(20),
            reason_class="AUTHORITY",
        )
        for row in rows
        if row.suspended_from and rng.random() < 0.5
    )
    return rows


def _near(rng, row):
    """A day on or next to one of the row's own dates: where rules break."""
    names = [
        "valid_from",
        "valid_to",
        "review_due_on",
        "review_passed_on",
        "suspended_from",
        "suspended_to",
        "revoked_on",
        "cancelled_on",
        "replaced_on",
    ]
    dates = [value for name in names if (value := getattr(row, name))]
    return rng.choice(dates) + dt.timedelta(rng.choice([-60, -30, -1, 0, 0, 1, 20]))


def test_rules_in_conflict_are_found_while_r2026_is_unconfirmed():
    disputed = RecordedFactory(
        valid_from=day("2023-08-01"),
        valid_to=day("2029-08-01"),
        review_due_on=day("2026-08-01"),
    )
    RecordedFactory(
        subject="2.1", valid_from=day("2025-08-01"), review_due_on=day("2028-08-01")
    )

    on = day("2026-11-24")

    assert list(Certificate.objects.in_conflict_on(on)) == [disputed]
    marked = Certificate.objects.with_disputed_on(on).filter(disputed=True)
    assert list(marked) == [disputed]
    RuleSet.objects.filter(code="R2026").update(confirmed=True)
    assert not Certificate.objects.in_conflict_on(on)
    assert not any(row.disputed for row in Certificate.objects.with_disputed_on(on))
