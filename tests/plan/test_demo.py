import pytest

from lms.demo.plan import seed_plan
from lms.plan.models import Plan
from tests.plan.city import day

pytestmark = pytest.mark.django_db


def test_the_demo_plan_has_the_targets_of_the_first_and_is_made_once():
    assert seed_plan() == {"plans": 1}
    assert seed_plan() == {"plans": 0}

    first = Plan.objects.get(code="13FYP").targets.values_list("indicator", "value")
    plan = Plan.objects.for_day(day("2027-03-01"))
    assert plan.demo
    assert set(plan.targets.values_list("indicator", "value")) == set(first)


def test_a_day_between_plans_opens_on_the_last_that_has_begun():
    seed_plan()

    assert Plan.objects.for_day(day("2023-01-01")).code == "13FYP"
    assert Plan.objects.for_day(day("2010-01-01")).code == "13FYP"
