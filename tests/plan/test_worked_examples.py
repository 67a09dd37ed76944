"""The worked examples of R5.5, by their numbers."""

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import translation

from lms.people.models import Town
from lms.plan.dashboard.members import Members
from lms.plan.indicators import INDICATORS, Dimension, Question, Scope
from lms.plan.indicators.figures import Figure
from lms.plan.models import Plan
from lms.plan.reports.report import build_report
from tests.plan.city import (
    ask,
    certificate,
    day,
    enterprise,
    pair,
    person,
    post,
    training,
)

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def report(on, by=None):
    return build_report(Plan.objects.get(code="13FYP"), day=day(on), by=by)


def test_tc01_unique_people_are_not_person_times():
    a, b, c, d, _enrolled_only = [person() for _ in range(5)]
    training(a, "2016-05-01", "OTHER_STAFF")
    training(a, "2017-05-01", "OTHER_STAFF", kind="ANNUAL")
    training(b, "2017-06-01", "OTHER_STAFF")
    training(c, "2017-07-01", "OTHER_STAFF", passed=False)
    training(d, "2018-08-01", "OTHER_STAFF")

    found = report("2018-12-31", by=Dimension.YEAR)["IND-01"]

    assert found.figure == Figure(4, None, found.target)
    assert {k: v.numerator for k, v in found.measure.variants.items()} == {
        "person_times": 5,
        "passed_persons": 3,
        "no_id_times": 0,
    }
    years = {row.name: row.measure.headline.numerator for row in found.rows}
    assert years == {"2016": 1, "2017": 3, "2018": 1}
    assert found.note


def test_tc02_a_person_of_two_towns_counts_in_each_and_once_in_the_city():
    x = person()
    training(x, "2016-05-01", "OTHER_STAFF", town="梅菉街道")
    training(x, "2019-05-01", "OTHER_STAFF", town="黄坡镇")

    found = report("2020-12-31", by=Dimension.TOWN)["IND-01"]

    assert found.figure.numerator == 1
    rows = {row.name: row.measure.headline.numerator for row in found.rows}
    assert len(rows) == 15
    assert {name: n for name, n in rows.items() if n} == {"梅菉街道": 1, "黄坡镇": 1}
    assert found.note == "合计按人员去重，不等于各行之和"


def test_tc03_two_roles_are_two_lines():
    works = enterprise()
    principals = [person() for _ in range(4)]
    managers = [person() for _ in range(4)]
    for who in principals:
        post(who, works, "PRINCIPAL")
    for who in [*managers, principals[3]]:
        post(who, works, "SAFETY_MANAGER")
    for who in (principals[0], principals[1], principals[3]):
        training(who, "2016-06-01", "PRINCIPAL")
    for who in managers[:3]:
        training(who, "2016-06-01", "SAFETY_MANAGER")

    found = report("2017-12-31")

    assert found["IND-03a"].figure.display == "75.0% (3/4)"
    assert found["IND-03b"].figure.display == "60.0% (3/5)"
    assert found["IND-03a"].met is False
    assert found["IND-03"].met is False
    assert found["IND-03"].figure.display == "66.7% (6/9)"
    assert found["IND-03"].measure.variants["all_roles"].display == "62.5% (5/8)"


def test_tc06_several_certificates_add_nothing():
    works = enterprise()
    zhang, li, wang, zhao, chen = [person() for _ in range(5)]
    needs = [(zhang, "1.2"), (zhang, "2.1"), (li, "2.1"), (wang, "4.1")]
    for who, code in [*needs, (zhao, "3.2"), (chen, "1.2")]:
        post(who, works, "SPECIAL_OPERATOR", code=code)
    for who, code in ((zhang, "1.2"), (li, "2.1"), (li, "3.2"), (chen, "1.1")):
        certificate(who, "SPECIAL_OPERATION", "2016-01-10", "2022-01-10", code=code)
    certificate(wang, "SPECIAL_OPERATION", "2011-01-10", "2017-01-10", code="4.1")
    overdue = {"review_due_on": day("2017-06-01")}
    certificate(
        zhao, "SPECIAL_OPERATION", "2014-06-01", "2020-06-01", code="3.2", **overdue
    )

    found = ask("IND-06c", "2017-12-31")

    assert found.headline.display == "33.3% (2/6)"
    assert found.variants["person_based"].display == "20.0% (1/5)"


@pytest.mark.parametrize(
    ("on", "current"),
    [
        ("2018-12-31", 1),
        ("2019-12-31", 1),
        ("2020-06-30", 1),
        ("2020-12-31", 1),
        ("2021-01-01", 0),
        ("2021-02-01", 0),
    ],
)
def test_tc09_annual_hours_are_due_by_the_end_of_each_year(on, current):
    head = person()
    post(head, enterprise(), "PRINCIPAL", "2018-03-01")
    training(head, "2018-03-10", "PRINCIPAL")
    training(head, "2019-11-02", "PRINCIPAL", kind="ANNUAL", hours=12)
    short = {"kind": "ANNUAL", "completed": False}
    training(head, "2020-07-01", "PRINCIPAL", hours=10, **short)
    training(head, "2021-01-15", "PRINCIPAL", hours=2, **short)

    found = ask("IND-03a", on)

    assert pair(found.headline) == (1, 1)
    assert pair(found.variants["current"]) == (current, 1)


@pytest.mark.parametrize(
    ("on", "counted"), [("2019-09-30", 0), ("2019-10-01", 0), ("2019-10-02", 1)]
)
def test_tc15_the_first_six_months_are_left_out_of_one_variant_only(on, counted):
    post(person(), enterprise(high=True), "PRINCIPAL", "2019-04-01")

    found = ask("IND-03a", on)

    assert pair(found.headline) == (0, 1)
    assert pair(found.variants["excluding_first_6_months"]) == (0, counted)


def test_tc19_general_training_does_not_reach_a_high_hazard_post():
    manager = person()
    shoes, station = enterprise(), enterprise(high=True)
    post(manager, shoes, "SAFETY_MANAGER", "2015-01-01", "2017-12-31")
    post(manager, station, "SAFETY_MANAGER", "2018-01-01")
    training(manager, "2016-05-01", "SAFETY_MANAGER", employer=shoes)

    before = ask("IND-03b", "2017-12-31")
    moved = ask("IND-03b", "2018-06-30")
    training(manager, "2018-08-01", "SAFETY_MANAGER", employer=station, hours=16)
    completed = ask("IND-03b", "2018-12-31")

    assert pair(before.headline) == (1, 1)
    assert pair(moved.headline) == (0, 1)
    assert pair(completed.headline) == (1, 1)


def test_tc20_nobody_is_a_dash_and_places_are_never_ranked(admin_client):
    post(person(), enterprise("兰石镇"), "PRINCIPAL")
    head = person()
    works = enterprise("振文镇")
    post(head, works, "PRINCIPAL")
    training(head, "2016-05-01", "PRINCIPAL", employer=works)

    rows = report("2017-12-31", by=Dimension.TOWN)["IND-03a"].rows
    page = admin_client.get(
        reverse("plan_admin:dashboard"), {"plan": "13FYP", "as_of": "2017-12-31"}
    )

    by_name = {row.name: row for row in rows}
    assert by_name["梅菉街道"].measure.headline.display == "—"
    assert by_name["梅菉街道"].met is None
    assert by_name["兰石镇"].measure.headline.display == "0.0% (0/1)"
    official = list(Town.objects.order_by("code").values_list("name", flat=True))
    assert [row.name for row in rows] == official
    table = BeautifulSoup(page.text, "html.parser").select(".plan-towns tbody tr")
    seen = {row.th.get_text(strip=True): row.get_text(" ", strip=True) for row in table}
    assert list(seen) == official
    assert "—" in seen["梅菉街道"] and "%" not in seen["梅菉街道"]
    assert "0.0% 0/1" in seen["兰石镇"]
    assert "100.0% 1/1" in seen["振文镇"]


def test_tc21_a_rate_is_shown_rounded_and_compared_exactly():
    figure = Figure(2249, 2500).aimed_at(Figure(9, 10).value)

    assert figure.display == "90.0% (2249/2500)"
    assert figure.met is False
    assert figure.short_of == 1
    assert Figure(2250, 2500).aimed_at(Figure(9, 10).value).met is True


def test_tc04_leavers_go_and_vacancies_are_listed_not_counted():
    bureau = enterprise(kind="AUTHORITY", name="吴川市应急管理局", established_posts=2)
    office = enterprise(
        "博铺街道", kind="AUTHORITY", name="博铺街道安监办", established_posts=4
    )
    officers = [person() for _ in range(2)]
    inspectors = [person() for _ in range(3)]
    for who in officers:
        post(who, bureau, "SUPERVISOR")
    post(inspectors[0], office, "SUPERVISOR", "2015-01-01", "2017-03-31")
    post(inspectors[1], office, "SUPERVISOR")
    post(inspectors[2], office, "SUPERVISOR", "2017-05-01")
    for who in (*officers, inspectors[0], inspectors[1]):
        training(who, "2016-09-01", "SUPERVISOR", kind="SPECIAL_TOPIC")

    found = ask("IND-02", "2017-12-31")

    assert found.headline.display == "75.0% (3/4)"
    assert set(found.variants) == {"annual", "filled_posts"}
    assert pair(found.variants["annual"]) == (0, 4)
    assert pair(found.variants["filled_posts"]) == (4, 6)
    assert found.facts == {"vacancies": 2}


def test_more_supervisors_than_posts_are_a_data_error_never_clipped(admin_client):
    over = enterprise(kind="AUTHORITY", name="博铺街道安监办", established_posts=1)
    vacant = enterprise("黄坡镇", kind="AUTHORITY", established_posts=4)
    for where in (over, over, vacant):
        post(person(), where, "SUPERVISOR")
    fault = "博铺街道安监办：在岗 2 人，编制 1 名"

    with translation.override("zh-hans"):
        found = report("2017-12-31", by=Dimension.TOWN)["IND-02"]
        town = enterprise().town
        inside = ask("IND-02", "2017-12-31", scope=Scope().narrow("town", town.pk))
        entry = found.as_json(with_rows=True)
    page = admin_client.get(
        reverse("plan_admin:dashboard"), {"plan": "13FYP", "as_of": "2017-12-31"}
    )

    rows = {row.name: row.measure for row in found.rows}
    assert pair(found.measure.variants["filled_posts"]) == (3, 5)
    assert pair(rows["博铺街道"].variants["filled_posts"]) == (2, 1)
    assert pair(inside.variants["filled_posts"]) == (2, 1)
    assert inside.impossible and rows["博铺街道"].impossible
    assert not found.measure.impossible
    assert found.measure.errors == inside.errors == [fault]
    assert rows["黄坡镇"].errors == []
    assert found.measure.facts == {"vacancies": 3}
    assert entry["data_errors"] == [fault]
    by_name = {row["name"]: row["variants"]["filled_posts"] for row in entry["rows"]}
    assert by_name["博铺街道"] == {
        "numerator": 2,
        "denominator": 1,
        "value": "2",
        "met": None,
        "data_error": True,
    }
    assert "data_error" not in by_name["黄坡镇"]
    assert f"数据有误。{fault}" in page.text


def test_a_rate_of_posts_over_100_percent_names_authorities_without_an_establishment():
    enterprise(kind="AUTHORITY", name="博铺街道安监办", established_posts=1)
    bureau = enterprise("黄坡镇", kind="AUTHORITY", name="市安监局")
    enterprise("塘㙍镇", kind="AUTHORITY", name="塘㙍镇安监办")
    for _number in range(2):
        post(person(), bureau, "SUPERVISOR")

    with translation.override("zh-hans"):
        found = report("2017-12-31", by=Dimension.ORGANISATION)["IND-02"]

    rows = {row.name: row.measure for row in found.rows}
    assert pair(found.measure.variants["filled_posts"]) == (2, 1)
    assert found.measure.impossible
    assert found.measure.errors == ["市安监局：在岗 2 人，未登记编制数"]
    assert set(rows) == {"博铺街道安监办", "市安监局"}
    assert rows["市安监局"].errors == []
    assert not rows["市安监局"].impossible


def test_supervisors_of_authorities_without_an_establishment_are_a_dash():
    office = enterprise(kind="AUTHORITY")
    post(person(), office, "SUPERVISOR")

    found = ask("IND-02", "2017-12-31")

    assert found.variants["filled_posts"].display == "—"
    assert not found.impossible


def test_supervisors_trained_in_the_calendar_year_are_not_cut_to_the_plan():
    who = person()
    post(who, enterprise(kind="AUTHORITY"), "SUPERVISOR", "2014-01-01")
    training(who, "2015-02-01", "SUPERVISOR")

    before, after = ask("IND-02", "2015-06-30"), ask("IND-02", "2016-06-30")

    assert (pair(before.headline), pair(before.variants["annual"])) == ((0, 1), (1, 1))
    assert (pair(after.headline), pair(after.variants["annual"])) == ((0, 1), (0, 1))


def test_retraining_counts_after_initial_training_or_for_a_post_older_than_the_plan():
    works = enterprise()
    older, newer, ready = [person() for _ in range(3)]
    post(older, works, "PRINCIPAL", "2015-12-31")
    post(newer, works, "PRINCIPAL", "2016-01-01")
    post(ready, works, "PRINCIPAL", "2016-01-01")
    for who in (older, newer, ready):
        training(who, "2017-05-01", "PRINCIPAL", kind="ANNUAL", hours=12)
    training(ready, "2014-05-01", "PRINCIPAL")

    assert pair(ask("IND-03a", "2017-12-31").headline) == (2, 3)


def test_special_topic_training_satisfies_no_role_but_counts_as_training():
    head = person()
    post(head, enterprise(), "PRINCIPAL")
    training(head, "2017-05-01", "PRINCIPAL", kind="SPECIAL_TOPIC")

    assert pair(ask("IND-03a", "2017-12-31").headline) == (0, 1)
    assert ask("IND-01", "2017-12-31").headline.numerator == 1


def test_a_safety_officer_certificate_counts_as_training_of_managers_only():
    works = enterprise()
    who = person()
    post(who, works, "SAFETY_MANAGER")
    post(who, works, "PRINCIPAL")
    certificate(who, "GD_SAFETY_OFFICER_LEGACY", "2016-05-01", "2019-05-01")

    assert pair(ask("IND-03b", "2017-12-31").headline) == (1, 1)
    assert pair(ask("IND-03a", "2017-12-31").headline) == (0, 1)
    assert pair(ask("IND-06b", "2017-12-31").headline) == (1, 1)
    assert ask("IND-01", "2017-12-31").headline.numerator == 0


def test_a_high_hazard_post_needs_the_statutory_certificate():
    who = person()
    post(who, enterprise(), "PRINCIPAL")
    post(who, enterprise("黄坡镇", high=True), "PRINCIPAL")
    certificate(who, "TRAINING_PROOF", "2016-05-01", role="PRINCIPAL")

    found = ask("IND-06a", "2017-12-31")
    rows = {
        row.name: row.measure.headline.display
        for row in report("2017-12-31", by=Dimension.TOWN)["IND-06a"].rows
    }

    assert pair(found.headline) == (0, 1)
    assert pair(found.variants["statutory"]) == (0, 1)
    assert rows["博铺街道"] == "100.0% (1/1)"
    assert rows["黄坡镇"] == "0.0% (0/1)"


def test_an_enterprise_is_out_on_its_closing_day():
    closed = enterprise(out_of_scope_on=day("2017-12-31"))
    post(person(), closed, "PRINCIPAL")

    assert pair(ask("IND-03a", "2017-12-30").headline) == (0, 1)
    assert pair(ask("IND-03a", "2017-12-31").headline) == (0, 0)


def test_an_enterprise_that_registered_nobody_is_added_in_one_variant():
    post(person(), enterprise(), "PRINCIPAL")
    enterprise()

    found = ask("IND-03a", "2017-12-31")

    assert pair(found.headline) == (0, 1)
    assert pair(found.variants["+missing"]) == (0, 2)


def test_an_enterprise_recorded_later_is_not_yet_missing():
    past = dt.datetime(2018, 1, 10, tzinfo=dt.UTC)
    later = dt.datetime(2018, 3, 1, tzinfo=dt.UTC)
    enterprise(recorded_at=past)
    enterprise(recorded_at=later)

    def missing(cut):
        found = ask("IND-03a", "2017-12-31", recorded_by=cut)
        return pair(found.variants["+missing"]), found.facts["missing"]

    assert missing(past) == ((0, 1), 1)
    assert missing(later) == ((0, 2), 2)


def test_before_the_plan_every_window_is_empty():
    head = person()
    post(head, enterprise(), "PRINCIPAL")
    training(head, "2015-05-01", "PRINCIPAL")

    assert ask("IND-01", "2015-12-31").headline.numerator == 0
    assert pair(ask("IND-03a", "2015-12-31").headline) == (0, 1)


def test_what_was_recorded_later_is_not_yet_known():
    head = person()
    past = dt.datetime(2018, 1, 10, tzinfo=dt.UTC)
    later = dt.datetime(2018, 3, 1, tzinfo=dt.UTC)
    post(head, enterprise(), "PRINCIPAL", recorded_at=past)
    training(head, "2017-05-01", "PRINCIPAL", recorded_at=later)
    training(person(), "2017-05-01", "OTHER", recorded_at=past)

    assert ask("IND-01", "2017-12-31", recorded_by=past).headline.numerator == 1
    assert ask("IND-01", "2017-12-31", recorded_by=later).headline.numerator == 2
    assert pair(ask("IND-03a", "2017-12-31", recorded_by=past).headline) == (0, 1)
    assert pair(ask("IND-03a", "2017-12-31", recorded_by=later).headline) == (1, 1)


@pytest.mark.parametrize(
    ("code", "kind", "held"),
    [
        ("IND-06a", "SAFETY_COMPETENCE", {"role": "PRINCIPAL"}),
        ("IND-06c", "SPECIAL_OPERATION", {"code": "1.2"}),
    ],
)
def test_a_renewal_recorded_later_has_not_replaced_the_older_certificate(
    code, kind, held
):
    past = dt.datetime(2017, 12, 1, tzinfo=dt.UTC)
    later = dt.datetime(2018, 3, 1, tzinfo=dt.UTC)
    who = person()
    role = held.get("role", "SPECIAL_OPERATOR")
    post(who, enterprise(), role, code=held.get("code"), recorded_at=past)
    renewed = {"replaced_on": day("2017-11-01"), "recorded_at": past}
    certificate(who, kind, "2014-11-15", "2018-11-14", **held, **renewed)
    certificate(who, kind, "2017-11-01", "2017-11-30", **held, recorded_at=later)

    def known_by(cut):
        question = Question(Plan.objects.get(code="13FYP"), day("2017-12-31"), cut)
        (member,) = Members(INDICATORS[code], question)[:]
        figure = INDICATORS[code].total(question).headline
        return figure.numerator, member.ok, [row.status for row in member.certificates]

    assert known_by(past) == (1, True, ["VALID"])
    assert known_by(later) == (0, False, ["EXPIRED", "SUPERSEDED"])
    assert known_by(None) == known_by(later)
