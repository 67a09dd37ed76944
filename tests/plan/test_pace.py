from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from lms.plan.dashboard.pace import pace_of
from lms.plan.models import Plan, Target
from tests.plan.city import day

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


def test_a_target_of_less_than_one_person_is_one():
    pace = pace_of(PLAN, done=1, target=Fraction(1, 2), day=day("2017-12-31"))

    assert (pace.target, pace.percent, pace.left) == (1, "100.0%", 0)


@pytest.mark.django_db
@pytest.mark.services
@pytest.mark.parametrize("value", ["0.5", "0.01", "27999.99"])
def test_plan_target_of_a_count_is_whole(value):
    targets = Target.objects.filter(plan__code="13FYP")

    with pytest.raises(IntegrityError), transaction.atomic():
        targets.filter(indicator="IND-01").update(value=value)
    people = targets.get(indicator="IND-01")
    people.value = Decimal(value)
    with pytest.raises(ValidationError, match="人数目标须为整数"):
        people.full_clean()

    assert targets.filter(indicator="IND-03a").update(value="89.5") == 1
    assert targets.filter(indicator="IND-01").update(value=27000) == 1
