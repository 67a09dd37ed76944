import pytest

from lms.plan.models import Plan
from lms.plan.pace import pace_of

from .city import day

PLAN = Plan(code="13FYP", starts_on=day("2016-01-01"), ends_on=day("2020-12-31"))


def test_tc12_mid_term_pace():
    pace = pace_of(PLAN, done=9800, target=28000, day=day("2017-12-31"))

    assert pace.percent == "35.0%"
    assert pace.expected == 11200
    assert pace.gap == 1400
    assert pace.per_year == 6067


@pytest.mark.parametrize(
    ("on", "expected", "per_year"),
    [("2015-06-30", 0, 5600), ("2020-12-31", 28000, None), ("2026-01-01", 28000, None)],
)
def test_pace_outside_the_plan(on, expected, per_year):
    pace = pace_of(PLAN, done=0, target=28000, day=day(on))

    assert (pace.expected, pace.per_year) == (expected, per_year)
