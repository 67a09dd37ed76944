import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.hours.judgement import (
    HourRow,
    HourTable,
    TrainingLine,
    TrainingVerdict,
    judge,
)

ORDER_3 = dt.date(2006, 3, 1)

TABLE = HourTable(
    HourRow(audience, high, kind, hours and Decimal(hours), ORDER_3)
    for audience, kind, low, top in [
        ("PRINCIPAL", "INITIAL", 32, 48),
        ("SAFETY_MANAGER", "INITIAL", 32, 48),
        ("PRINCIPAL", "ANNUAL", 12, 16),
        ("OTHER_STAFF", "INITIAL", 24, 72),
        ("OTHER_STAFF", "ANNUAL", None, 20),
    ]
    for high, hours in ((False, low), (True, top))
)


def line(key, day, kind, hours, *, high=False, audience="PRINCIPAL", planned=None):
    day = dt.date.fromisoformat(day)
    number = TABLE.hours(audience, high_hazard=high, kind=kind, day=day)
    facts = (key, day, kind, high, Decimal(hours), number, planned)
    return TrainingLine(*facts, audience=audience)


def completed(*lines):
    return {key for key, verdict in judge(lines).items() if verdict.completed}


@pytest.mark.parametrize(
    ("audience", "high", "kind", "hours"),
    [
        ("PRINCIPAL", False, "INITIAL", 32),
        ("PRINCIPAL", True, "INITIAL", 48),
        ("PRINCIPAL", True, "ANNUAL", 16),
        ("OTHER_STAFF", False, "THREE_LEVEL", 24),
        ("SPECIAL_OPERATOR", True, "THREE_LEVEL", 72),
        ("OTHER_STAFF", False, "ANNUAL", None),
        ("SUPERVISOR", False, "ANNUAL", None),
    ],
    ids=str,
)
def test_table_names_the_hours_of_domain_2_2(audience, high, kind, hours):
    day = dt.date(2018, 1, 1)

    assert TABLE.hours(audience, high_hazard=high, kind=kind, day=day) == hours


def test_table_follows_the_day_inclusive_at_both_ends():
    first, last = dt.date(2010, 7, 1), dt.date(2026, 5, 31)
    table = HourTable(
        [HourRow("SPECIAL_OPERATOR", False, "REVIEW", Decimal(8), first, last)]
    )

    def ask(day):
        return table.hours(
            "SPECIAL_OPERATOR", high_hazard=False, kind="REVIEW", day=day
        )

    one = dt.timedelta(days=1)
    assert [ask(first - one), ask(first), ask(last), ask(last + one)] == [
        None,
        8,
        8,
        None,
    ]


@pytest.mark.parametrize(
    ("hours", "high", "met"),
    [
        ("31.99", False, False),
        ("32", False, True),
        ("47", True, False),
        ("48", True, True),
    ],
    ids=str,
)
def test_initial_training_is_completed_at_the_exact_number(hours, high, met):
    assert completed(line(1, "2016-06-10", "INITIAL", hours, high=high)) == (
        {1} if met else set()
    )


def test_annual_rows_of_a_year_add_up_and_the_one_that_reaches_it_completes():
    rows = [
        line("a", "2019-03-01", "ANNUAL", 5),
        line("b", "2019-06-01", "ANNUAL", 7),
        line("c", "2019-09-01", "ANNUAL", 4),
    ]

    assert completed(*rows) == {"b"}


def test_annual_hours_do_not_carry_over_the_year_tc09():
    rows = [
        line("a", "2020-11-01", "ANNUAL", 10),
        line("b", "2021-01-05", "ANNUAL", 2),
    ]

    assert completed(*rows) == set()


def test_annual_training_for_a_higher_number_completes_once_more():
    rows = [
        line("general", "2019-03-01", "ANNUAL", 12),
        line("high", "2019-06-01", "ANNUAL", 4, high=True),
    ]

    assert completed(*rows) == {"general", "high"}


def test_high_hazard_initial_after_general_needs_the_difference_only_tc19():
    general = line("general", "2017-01-01", "INITIAL", 32)
    top_up = line("top-up", "2018-01-01", "INITIAL", 16, high=True)

    verdicts = judge([top_up, general])

    assert verdicts["top-up"] == TrainingVerdict(Decimal(16), True)
    assert judge([top_up])["top-up"] == TrainingVerdict(Decimal(48), False)


@pytest.mark.parametrize(
    ("audience", "general", "high", "required"),
    [
        ("PRINCIPAL", 32, 16, 16),
        ("SAFETY_MANAGER", 32, 16, 16),
        ("OTHER_STAFF", 24, 48, 72),
    ],
    ids=str,
)
def test_the_difference_is_for_principals_and_managers_only(
    audience, general, high, required
):
    before = line("general", "2017-01-01", "INITIAL", general, audience=audience)
    after = line("high", "2018-01-01", "INITIAL", high, high=True, audience=audience)

    verdicts = judge([before, after])

    assert verdicts["general"].completed
    met = required == high
    assert verdicts["high"] == TrainingVerdict(Decimal(required), met)


def test_incomplete_general_initial_lowers_nothing():
    general = line("general", "2017-01-01", "INITIAL", 31)
    top_up = line("top-up", "2018-01-01", "INITIAL", 16, high=True)

    assert completed(general, top_up) == set()


def test_without_a_number_any_hours_complete_and_none_do_not():
    some = line(1, "2018-04-09", "ANNUAL", "0.5", audience="OTHER_STAFF")
    none = line(2, "2018-04-09", "ANNUAL", 0, audience="OTHER_STAFF")

    assert completed(some, none) == {1}


def test_without_a_number_a_class_asks_for_its_planned_hours():
    short = line(1, "2026-04-09", "SPECIAL_TOPIC", 7, planned=Decimal(8))
    enough = line(2, "2026-04-09", "SPECIAL_TOPIC", 8, planned=Decimal(8))

    assert judge([short, enough]) == {
        1: TrainingVerdict(Decimal(8), False),
        2: TrainingVerdict(Decimal(8), True),
    }


# The machine may be busy: slowness is no failure of a pure function.
calmly = settings(deadline=None)

LINES = st.lists(
    st.tuples(
        st.dates(dt.date(2018, 1, 1), dt.date(2019, 6, 30)),
        st.sampled_from(["INITIAL", "ANNUAL", "SPECIAL_TOPIC", "THREE_LEVEL"]),
        st.booleans(),
        st.integers(0, 50),
    ),
    max_size=8,
    unique=True,
)


@calmly
@given(facts=LINES, data=st.data())
def test_the_order_of_arrival_changes_no_completion(facts, data):
    def judged(order):
        return completed(
            *(
                line(fact, fact[0].isoformat(), fact[1], fact[3], high=fact[2])
                for fact in order
            )
        )

    assert judged(facts) == judged(data.draw(st.permutations(facts)))


@calmly
@given(facts=LINES)
def test_annual_completions_of_a_year_are_at_most_one_for_each_number(facts):
    lines = [
        line(fact, fact[0].isoformat(), "ANNUAL", fact[3], high=fact[2])
        for fact in facts
    ]

    verdicts = judge(lines)

    for year in (2018, 2019):
        numbers = [
            verdicts[fact].required_hours
            for fact in facts
            if fact[0].year == year and verdicts[fact].completed
        ]
        assert len(numbers) == len(set(numbers))
