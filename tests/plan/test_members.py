import re
import sys

import pytest
from django.db import connection
from django.urls import reverse

from lms.people.models import Town, User
from lms.plan.dashboard import members as members_module
from lms.plan.dashboard.members import Members, Show
from lms.plan.indicators import INDICATORS, Dimension, Question, Scope
from lms.plan.models import Plan
from lms.plan.reports.report import build_report
from tests.plan.city import certificate, day, enterprise, person, post, training

pytestmark = pytest.mark.django_db

DAY = "2017-12-31"
ASKED = {"plan": "13FYP", "as_of": DAY}


def plan():
    return Plan.objects.get(code="13FYP")


def small_city(count=1):
    """Trained and untrained people of every kind, in two enterprises and an office."""
    works, station = enterprise(), enterprise("黄坡镇", high=True)
    office = enterprise(kind="AUTHORITY", name="博铺街道安监办", established_posts=9)
    for where in (works, station):
        for number in range(count):
            for role in ("PRINCIPAL", "SAFETY_MANAGER"):
                trained, untrained = person(f"甲{number}"), person(f"乙{number}")
                for who in (trained, untrained):
                    post(who, where, role)
                training(trained, "2016-05-01", role, employer=where)
                certificate(trained, "SAFETY_COMPETENCE", "2016-06-01", role=role)
            holder, other = person(f"丙{number}"), person(f"丁{number}")
            for who in (holder, other):
                post(who, where, "SPECIAL_OPERATOR", code="1.2")
            certificate(
                holder, "SPECIAL_OPERATION", "2016-06-01", "2022-06-01", code="1.2"
            )
    for number in range(count):
        supervisor, idle = person(f"戊{number}"), person(f"己{number}")
        for who in (supervisor, idle):
            post(who, office, "SUPERVISOR")
        training(supervisor, "2016-05-01", "SUPERVISOR", employer=office)
    return works, station


def account(name, access, **place):
    return User.objects.create_user(name, password="x", access=access, **place)


@pytest.mark.services
@pytest.mark.parametrize("code", [c for c, i in INDICATORS.items() if i.listed])
@pytest.mark.parametrize("scope_of", ["city", "town", "enterprise"])
def test_the_list_has_as_many_names_as_the_fraction_says(code, scope_of):
    works, _station = small_city(2)
    scope = {
        "city": Scope(),
        "town": Scope().narrow(Dimension.TOWN, works.town_id),
        "enterprise": Scope(staff_of=works.pk),
    }[scope_of]
    question = Question(plan(), day(DAY), scope=scope)

    figure = INDICATORS[code].total(question).headline

    counted = Members(INDICATORS[code], question, Show.COUNTED)
    assert len(counted) == len(counted[:]) == figure.numerator
    if figure.denominator is not None:
        assert len(Members(INDICATORS[code], question, Show.ALL)) == figure.denominator


def test_an_enterprise_sees_who_had_a_post_with_it_on_that_day():
    works, other = enterprise(), enterprise()
    left, came = person("走了"), person("来了")
    post(left, works, "PRINCIPAL", "2015-01-01", "2017-06-30")
    post(left, other, "PRINCIPAL", "2017-07-01")
    post(came, works, "PRINCIPAL", "2017-07-01")
    training(left, "2016-05-01", "PRINCIPAL", employer=works)
    scope = Scope(staff_of=works.pk)

    before = Question(plan(), day("2017-06-30"), scope=scope)
    after = Question(plan(), day("2017-07-01"), scope=scope)

    def names(question):
        return [m.person.name for m in Members(INDICATORS["IND-03a"], question)[:]]

    assert names(before) == ["走了"]
    assert names(after) == ["来了"]
    assert INDICATORS["IND-01"].total(before).headline.numerator == 1
    assert INDICATORS["IND-01"].total(after).headline.numerator == 0


def test_a_member_says_what_is_on_record_and_what_is_lacking():
    works = enterprise()
    late, bare = person("甲"), person("乙")
    for who in (late, bare):
        post(who, works, "SPECIAL_OPERATOR", code="1.2")
    certificate(late, "SPECIAL_OPERATION", "2010-06-01", "2016-06-01", code="1.2")

    question = Question(plan(), day(DAY))
    members = {m.person.name: m for m in Members(INDICATORS["IND-06c"], question)[:]}

    assert re.search(r"2010-06-01.*2016-06-01", members["甲"].evidence[0])
    assert members["甲"].lacking == "最近的证书：已过期"
    assert members["乙"].evidence == []
    assert members["乙"].lacking == "没有证书记录"
    assert not members["甲"].ok and not members["乙"].ok


@pytest.mark.parametrize("count", [1, 3])
def test_a_report_costs_the_same_for_any_number_of_people(
    django_assert_num_queries, count
):
    small_city(count)

    # plan, targets; one statement for each of nine indicators; R2026's first day, for
    # all and for the windows of IND-06c; empty enterprises twice; the establishment.
    with django_assert_num_queries(16):
        build_report(plan(), day=day(DAY))


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_of_names_costs_the_same_for_any_number_of_people(
    django_assert_num_queries, count
):
    small_city(count)
    question = Question(plan(), day(DAY))

    # count, rows, people, items, posts, certificates; R2026's first day as needed.
    with django_assert_num_queries(8):
        members = Members(INDICATORS["IND-06c"], question)
        members[0 : len(members)]


def lines_run(module, work):
    """Return how many lines of a module some work runs through: no clock needed."""
    count = 0

    def inside(frame, event, argument):
        nonlocal count
        count += event == "line"
        return inside

    def trace(frame, event, argument):
        return inside if frame.f_code.co_filename == module.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def operators(count):
    works = enterprise()
    for number in range(count):
        who = person(f"甲{number}")
        post(who, works, "SPECIAL_OPERATOR", code="1.2")
        training(who, "2016-05-01", "SPECIAL_OPERATOR", code="1.2", employer=works)
        certificate(who, "SPECIAL_OPERATION", "2010-06-01", "2015-06-01", code="1.2")


def test_a_sheet_of_twice_the_names_is_twice_the_work():
    def work():
        operators(20)
        members = Members(INDICATORS["IND-03c"], Question(plan(), day(DAY)))
        assert all(len(member.evidence) == 2 for member in members[:])
        return lines_run(members_module, lambda: members[:])

    once, twice = work(), work()

    assert twice < 2.2 * once


@pytest.mark.parametrize("chunks", [1, 3])
def test_a_sheet_of_all_names_asks_for_some_people_at_a_time(
    monkeypatch, django_assert_num_queries, chunks
):
    monkeypatch.setattr(members_module, "TOGETHER", 4)
    operators(4 * chunks)
    most = 0

    def watch(execute, sql, params, many, context):
        nonlocal most
        most = max(most, len(params or ()))
        return execute(sql, params, many, context)

    question = Question(plan(), day(DAY))
    # R2026's first day, count, rows; and of every four: people, items, posts,
    # trainings, R2026's first day, certificates.
    with django_assert_num_queries(3 + 6 * chunks), connection.execute_wrapper(watch):
        members = Members(INDICATORS["IND-03c"], question)[:]

    assert len(members) == 4 * chunks
    assert most < 60, "the number of values is bounded, as SQLite bounds it"


def evidence(code):
    members = Members(INDICATORS[code], Question(plan(), day(DAY)))[:]
    return {member.person.name: member.evidence for member in members}


@pytest.mark.parametrize(
    ("trained_on", "completed", "lacking"),
    [
        (None, True, "没有对应的培训记录"),
        ("2010-03-01", True, "规划期内还没有培训，上次是 2010-03-01"),
        ("2016-03-01", False, "规划期内培训过，但没有学满学时"),
        ("2016-03-01", True, "现有培训记录当日均不能算已培训"),
    ],
)
def test_whoever_is_not_trained_learns_first_why(trained_on, completed, lacking):
    who = person("甲")
    post(who, enterprise(high=True), "PRINCIPAL")
    if trained_on:
        training(who, trained_on, "PRINCIPAL", completed=completed)

    (member,) = Members(INDICATORS["IND-03a"], Question(plan(), day(DAY)))[:]

    assert (member.ok, member.lacking) == (False, lacking)


def test_certificates_of_another_role_are_no_evidence():
    works = enterprise()
    who = person("甲")
    post(who, works, "PRINCIPAL")
    since = ("SAFETY_COMPETENCE", "2016-06-01", "2019-06-01")
    certificate(who, *since, role="SAFETY_MANAGER")
    certificate(who, "HOURS_PROOF", "2016-06-01", role="PRINCIPAL")

    missing = evidence("IND-06a")
    certificate(who, *since, role="PRINCIPAL")
    counted = evidence("IND-06a")

    assert missing == {"甲": []}
    assert len(counted["甲"]) == 1
    assert "主要负责人" in counted["甲"][0]


def test_a_valid_certificate_that_is_not_enough_says_so():
    usual, strict = person("一般"), person("高危")
    post(usual, enterprise(), "PRINCIPAL")
    post(strict, enterprise(high=True), "PRINCIPAL")
    for who in (usual, strict):
        certificate(who, "TRAINING_PROOF", "2016-06-01", role="PRINCIPAL")

    found = evidence("IND-06a")

    assert "高危单位不适用" not in found["一般"][0]
    assert "有效（高危单位不适用）" in found["高危"][0]


def test_a_certificate_of_another_system_names_its_system():
    who = person("甲")
    post(who, enterprise(), "SPECIAL_OPERATOR", code="1.2")
    certificate(
        who,
        "SPECIAL_OPERATION",
        "2016-06-01",
        "2022-06-01",
        code="1.2",
        issuing_system="CONSTRUCTION",
    )

    assert "1.2 · 住房城乡建设" in evidence("IND-06c")["甲"][0]


def test_pages_show_each_scope_its_own_people(client):
    works, station = small_city()
    town = Town.objects.get(name="黄坡镇")
    client.force_login(account("works", "ORGANISATION", organisation=works))

    own = client.get(reverse("plan_office:dashboard"), ASKED)
    names = client.get(
        reverse("plan_office:members", args=["IND-03a"]), ASKED | {"show": "all"}
    )
    elsewhere = client.get(
        reverse("plan_office:members", args=["IND-03a"]),
        ASKED | {"show": "all", "town": town.code},
    )

    assert own.context["report"]["IND-03a"].figure.display == "50.0% (1/2)"
    assert station.name not in names.text
    assert works.name in names.text
    assert elsewhere.status_code == 404


def test_a_worker_is_turned_away(client):
    client.force_login(account("worker", "SELF"))

    assert client.get(reverse("plan_office:dashboard")).status_code == 403
    assert client.get(reverse("plan_admin:dashboard")).status_code in (302, 403)


def test_a_sheet_of_names_keeps_the_numbers_masked(client):
    works, _station = small_city()
    client.force_login(account("works", "ORGANISATION", organisation=works))

    response = client.get(
        reverse("plan_office:members", args=["IND-03a"]), ASKED | {"export": "xlsx"}
    )

    assert response.headers["Content-Type"].endswith("sheet")
    assert response.content[:2] == b"PK"


@pytest.mark.parametrize(
    "query",
    [{"as_of": "2017-13-45"}, {"plan": "nope"}, ASKED | {"as_of": "2099-12-31"}],
)
def test_an_address_that_makes_no_sense_is_explained(client, query):
    works, _station = small_city()
    client.force_login(account("works", "ORGANISATION", organisation=works))

    response = client.get(reverse("plan_office:dashboard"), query)

    assert response.status_code == 200
    assert response.context["asked"].problem
    plain = client.get(reverse("plan_office:dashboard"), ASKED)
    assert not plain.context["asked"].problem


def test_the_bureau_sees_towns_and_a_town_only_itself(client):
    _works, station = small_city()
    client.force_login(
        User.objects.create_superuser("bureau", password="x", access="CITY")
    )
    city = client.get(reverse("plan_admin:dashboard"), ASKED)
    report = build_report(
        plan(),
        day=day(DAY),
        scope=Scope.of(account("town", "TOWN", town=station.town)),
    )

    assert city.status_code == 200
    assert len(city.context["towns"]) == 15
    assert report["IND-03a"].figure.display == "50.0% (1/2)"
    assert report["IND-01"].target is None, "28,000 is the whole city's"
