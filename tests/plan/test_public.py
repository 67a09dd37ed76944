import datetime as dt

import pytest

from lms.evidence import clock
from lms.plan.dashboard.public import is_small
from lms.plan.indicators.figures import Figure
from lms.plan.models import Plan, Target
from tests.plan.city import day, enterprise, person, post, training

pytestmark = pytest.mark.django_db


def crowd(count, trained, town="博铺街道"):
    works = enterprise(town)
    for number in range(count):
        head = person()
        post(head, works, "PRINCIPAL")
        if number < trained:
            training(head, "2016-05-01", "PRINCIPAL", employer=works)


def get(client, **query):
    return client.get("/progress/", {"plan": "13FYP", "as_of": "2017-12-31"} | query)


@pytest.mark.parametrize(
    ("figure", "small"),
    [
        (Figure(0), False),
        (Figure(4), True),
        (Figure(5), False),
        (Figure(0, 0), False),
        (Figure(0, 4), True),
        (Figure(5, 10), False),
        (Figure(1, 10), True),
        (Figure(9, 10), True),
        (Figure(10, 10), False),
    ],
    ids=str,
)
def test_cells_about_fewer_than_five_people_are_small(figure, small):
    assert is_small(figure) is small


def test_the_public_page_names_nobody_and_closes_small_cells(client):
    crowd(20, 10, "博铺街道")
    crowd(12, 6, "黄坡镇")
    crowd(3, 1, "兰石镇")

    response = get(client)

    towns = {town["name"]: town["cells"] for town in response.context["towns"]}
    assert "示例" not in response.text.replace("演示", "")
    assert [cell.closed for cell in towns["兰石镇"][:2]] == [True, True]
    assert not towns["博铺街道"][1].closed
    assert towns["黄坡镇"][1].closed, "else the small one could be worked out"


@pytest.mark.parametrize(
    ("count", "trained"),
    [(4, 2), (20, 3), (20, 17)],
    ids=["few asked", "few trained", "few missing"],
)
def test_the_city_is_closed_by_the_same_rule_as_a_town(client, count, trained):
    crowd(count, trained)

    response = get(client)

    rates = {rate["line"].code: rate for rate in response.context["rates"]}
    assert rates["IND-03a"]["closed"]
    assert f"{trained}/{count}" not in response.text
    assert response.context["leading"][0]["closed"] is (trained < 5)
    assert "涉及不足 5 人的数字不公布" in response.text


def test_few_people_trained_in_the_city_are_not_published(client):
    works = enterprise()
    for number in range(6):
        training(person(), "2016-05-01", "OTHER", employer=works, passed=number < 2)
    training(person(), "2017-05-01", "OTHER", employer=works)

    (first,) = get(client, as_of="2016-12-31").context["leading"]
    second = get(client)

    assert (first["closed"], first["closed_variants"]) == (False, ["passed_persons"])
    (tile,) = second.context["leading"]
    assert tile["line"].measure.variants["passed_persons"].numerator == 3
    assert "<dd>不公布</dd>" in second.text


def test_the_years_of_the_public_page_are_closed_alike(client):
    works = enterprise()
    for number in range(9):
        on = "2016-05-01" if number < 3 else "2017-05-01"
        training(person(), on, "OTHER", employer=works)

    (tile,) = get(client).context["leading"]

    assert [bar["persons"] for bar in tile["years"]][:3] == [None, 9, None]


def test_only_the_offered_days_are_published(client):
    crowd(20, 10)

    offered = get(client).context["asked"].day
    other = get(client, as_of="2017-12-30").context["asked"]
    future = get(client, as_of="2999-12-31").context["asked"]

    assert offered == day("2017-12-31")
    assert other.day == other.today
    assert future.day == future.today


def test_the_page_opens_on_the_plan_that_contains_today(client):
    today = clock.today()
    now = Plan.objects.create(
        code="NOW",
        name="now",
        starts_on=dt.date(today.year, 1, 1),
        ends_on=dt.date(today.year + 4, 12, 31),
        demo=True,
    )
    Target.objects.create(plan=now, indicator="IND-01", value=28000)

    assert client.get("/progress/").context["asked"].plan == now


def test_an_anonymous_page_may_be_kept_by_caches(client):
    response = get(client)

    assert "max-age=300" in response.headers["Cache-Control"]
    assert "public" in response.headers["Cache-Control"]


def test_numbers_carry_unit_date_and_definition(client):
    crowd(20, 10)

    text = get(client).text

    assert "2017-12-31" in text
    assert "10/20" in text
    assert "50.0%" in text
    assert "未达标" in text
    assert "统计口径" in text
