"""The plan on the home page of the back office."""

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.urls import reverse

from lms.access.groups import BASE, EDITOR, OFFICER
from lms.evidence import clock
from lms.people.models import Person, Town
from lms.plan.dashboard.strip import strip_for
from lms.plan.models import Plan, Target
from tests.plan.city import enterprise, person, post, training
from tests.plan.test_members import account

pytestmark = pytest.mark.django_db

HOME = "/admin/"


@pytest.fixture
def plan():
    """The plan of this year, with targets of a count, of a rate, and of no figure."""
    year = clock.today().year
    plan = Plan.objects.create(
        code="NOW",
        name="本年规划",
        starts_on=dt.date(year, 1, 1),
        ends_on=dt.date(year + 4, 12, 31),
    )
    for code, value in (("IND-01", 28000), ("IND-03a", 90), ("IND-04", 80)):
        Target.objects.create(plan=plan, indicator=code, value=value)
    return plan


@pytest.fixture
def places(plan):
    """Two enterprises in two towns: one trained head of two, and two of two."""
    works = [enterprise("博铺街道"), enterprise("黄坡镇")]
    for where, trained in zip(works, (1, 2), strict=True):
        heads(where, trained, 2 - trained)
    return works


def heads(where, trained, untrained):
    today = clock.today().isoformat()
    for number in range(trained + untrained):
        who = person()
        post(who, where, "PRINCIPAL", today)
        if number < trained:
            training(who, today, "PRINCIPAL", employer=where)


def staff(client, access, group, **place):
    user = account("staff", access, **place)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)


def strip_of(response):
    return BeautifulSoup(response.text, "html.parser").select_one(".plan-strip")


def figures_of(strip):
    names = [one.get_text(strip=True) for one in strip.select(".plan-strip__name")]
    values = [one.get_text(strip=True) for one in strip.select(".plan-strip__value")]
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("group", [BASE, OFFICER])
def test_home_shows_the_plan_of_the_city_on_this_day(client, places, group):
    staff(client, "CITY", group)

    strip = strip_of(client.get(HOME))

    text = strip.get_text(" ", strip=True)
    assert figures_of(strip) == {"培训人数": "3", "主要负责人培训率": "75.0%"}
    assert "全市 · 本年规划" in text
    assert f"截至 {clock.today():%F}" in text
    assert "完成目标 28,000 人的 0.0%" in text
    assert "3/4 目标 ≥ 90%" in text
    assert "未达标" in text
    assert "暂未计算的目标：企业人员培训达标率" in text


def test_every_figure_of_the_home_page_leads_to_its_names(client, places):
    staff(client, "CITY", OFFICER)

    strip = strip_of(client.get(HOME))
    pages = [client.get(link["href"]) for link in strip.select("a")]

    assert [page.status_code for page in pages] == [200, 200, 200]
    dashboard, people, missing = (page.context for page in pages)
    assert dashboard["asked"].day == clock.today()
    assert people["page"].paginator.count == 3
    assert missing["page"].paginator.count == 1
    assert not any(member.ok for member in missing["page"])


def test_the_officer_of_a_town_sees_and_reads_the_name_of_that_town(client, places):
    works = places[0]
    staff(client, "TOWN", OFFICER, town=works.town)
    asked = {"plan": "NOW", "town": works.town.code}

    strip = strip_of(client.get(HOME))
    pages = [
        client.get(reverse("plan_admin:dashboard")),
        client.get(reverse("plan_admin:dashboard"), asked),
        client.get(reverse("plan_admin:members", args=["IND-03a"])),
    ]

    text = strip.get_text(" ", strip=True)
    assert figures_of(strip) == {"培训人数": "1", "主要负责人培训率": "50.0%"}
    assert "博铺街道 · 本年规划" in text
    assert "28,000" not in text, "the target is the whole city's"
    for page in pages:
        assert page.context["whose"] == "博铺街道"
        assert "博铺街道" in page.text
        assert "黄坡镇" not in page.text


def test_a_name_behind_a_figure_opens_the_file_of_the_person(client, places):
    staff(client, "TOWN", OFFICER, town=places[0].town)
    missing = reverse("plan_admin:members", args=["IND-03a"])

    (member,) = client.get(missing).context["page"]
    page = client.get(missing).text
    desk = reverse(
        Person.snippet_viewset.get_url_name("inspect"), args=[member.person.pk]
    )

    assert f'<a href="{desk}">{member.person.name}</a>' in page
    assert client.get(desk).status_code == 200

    client.force_login(account("office", "ORGANISATION", organisation=places[0]))
    own = client.get(reverse("plan_office:members", args=["IND-03a"])).text
    assert member.person.name in own
    assert desk not in own


def test_home_shows_no_plan_to_those_who_see_none(client, places):
    staff(client, "SELF", EDITOR)

    response = client.get(HOME)

    assert response.status_code == 200
    assert strip_of(response) is None


def test_home_opens_without_a_plan(client):
    Plan.objects.all().delete()
    staff(client, "CITY", OFFICER)

    response = client.get(HOME)

    assert response.status_code == 200
    assert strip_of(response) is None


def test_a_data_error_is_marked_on_the_home_page(client, plan):
    Target.objects.create(plan=plan, indicator="IND-02", value=100)
    office = enterprise(kind="AUTHORITY", established_posts=1)
    for _number in range(2):
        post(person(), office, "SUPERVISOR", clock.today().isoformat())
    staff(client, "CITY", OFFICER)

    assert "数据有误" in strip_of(client.get(HOME)).get_text()


@pytest.fixture
def crowd(plan, count):
    """So many towns with so many people of each kind, and all targets."""
    first = Plan.objects.get(code="13FYP")
    for target in first.targets.exclude(indicator__in=["IND-01", "IND-03a", "IND-04"]):
        Target.objects.create(plan=plan, indicator=target.indicator, value=target.value)
    for town in Town.objects.all()[:count]:
        heads(enterprise(town.name), count, count)
    return count


@pytest.mark.parametrize("count", [1, 3])
def test_the_strip_costs_the_same_for_any_number_of_people(
    crowd, django_assert_num_queries
):
    user, today = account("staff", "CITY"), clock.today()

    # plan, targets; the data version, and both again under it; eight figures; R2026's
    # first day, for all and for the windows of IND-06c; empty enterprises of two roles;
    # the establishment.
    with django_assert_num_queries(18):
        strip = strip_for(user, today=today)
        assert [tile["line"].figure for tile in strip.figures]
    # plan, targets, data version
    with django_assert_num_queries(3):
        strip_for(user, today=today)


@pytest.mark.parametrize("count", [1, 3])
def test_home_costs_the_same_for_any_number_of_people(
    client, crowd, django_assert_num_queries
):
    staff(client, "CITY", OFFICER)
    client.get(HOME)

    # user, permissions of user and group, profile; the strip and its clock; page and
    # collection rights, locale; what waits today of people and certificates;
    # Wagtail's own panels: tasks, states, edits.
    with django_assert_num_queries(25):
        response = client.get(HOME)

    assert figures_of(strip_of(response))["培训人数"] == str(crowd * crowd)
