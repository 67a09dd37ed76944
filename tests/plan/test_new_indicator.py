"""A new indicator is one module: this one, which pages and papers know nothing of."""

import json
from io import BytesIO, StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db.models import F
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lms.people.models import Role
from lms.plan.indicators import (
    INDICATORS,
    Dimension,
    Indicator,
    Measure,
    Variant,
    register,
)
from lms.plan.indicators.base import group_names, keyed
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.question import post_groups
from lms.plan.indicators.registry import DECLARED
from lms.plan.indicators.relations import Relations
from lms.plan.models import COUNTS, Plan, Target
from lms.plan.reports.report import build_report
from tests.plan.city import day, enterprise, person, post, training
from tests.plan.test_members import ASKED, account

pytestmark = pytest.mark.django_db


class StaffTrained(Indicator):
    code = "IND-90"
    name = "training rate of other staff"
    definition = "Other staff with a completed training in the years of the plan."
    dimensions = frozenset({Dimension.TOWN})
    variants = {"twice": Variant("trained more than once", informs=True)}
    facts = {"untrained": "staff without training"}
    role = Role.OTHER_STAFF
    published_by_town = True

    def nothing(self):
        return self._figures(0, 0, 0)

    def measure(self, question, by=()):
        rows = self.units(question, by).rows(
            "SELECT {groups}, COUNT(*), SUM(ok), SUM(CASE WHEN times > 1 THEN 1 "
            "ELSE 0 END) FROM units GROUP BY {groups}"
        )
        found = keyed(rows, len(by) or 1)
        return {key: self._figures(*numbers) for key, numbers in found.items()}

    def units(self, question, by=()):
        return (
            Relations(group_names(by))
            .add("held", question.posts(self.role), **post_groups(by), who=F("person"))
            .add("trained", question.flow(), who=F("person"))
            .define("times", "SELECT who, COUNT(*) AS times FROM trained GROUP BY who")
            .define(
                "units",
                "SELECT {groups}, held.who AS who, 0 AS what, MAX(times) AS times, "
                "CASE WHEN MAX(times) > 0 THEN 1 ELSE 0 END AS ok FROM held "
                "LEFT JOIN times ON times.who = held.who GROUP BY held.who, {groups}",
            )
        )

    @staticmethod
    def _figures(persons, trained, twice):
        return Measure(
            Figure(trained, persons),
            {"twice": Figure(twice, persons)},
            {"untrained": persons - trained},
        )


@pytest.fixture
def declared():
    cache.clear()
    indicator = register(StaffTrained())
    plan = Plan.objects.get(code="13FYP")
    Target.objects.create(plan=plan, indicator=indicator.code, value=80)
    yield indicator
    del DECLARED[indicator.code]
    cache.clear()


@pytest.fixture
def works(declared):
    """An enterprise with twenty staff, of whom twelve are trained."""
    works = enterprise()
    for number in range(20):
        who = person("已训" if number < 12 else "未训")
        post(who, works, "OTHER_STAFF")
        if number < 12:
            training(who, "2016-05-01", "OTHER_STAFF", employer=works)
    return works


def test_a_new_indicator_stands_in_the_report_with_its_target(works):
    out = StringIO()

    call_command("plan_report", plan="13FYP", as_of="2017-12-31", by="town", stdout=out)

    entry = json.loads(out.getvalue())["indicators"][-1]
    row = next(row for row in entry["rows"] if row["name"] == works.town.name)
    assert entry["code"] == "IND-90"
    assert entry["name"] == "training rate of other staff"
    assert (entry["display"], entry["target"]) == ("60.0% (12/20)", "0.8")
    assert (entry["met"], entry["variants"]["twice"]["met"]) == (False, None)
    assert entry["facts"] == {"untrained": 8}
    assert (row["display"], row["met"]) == ("60.0% (12/20)", False)


@pytest.mark.parametrize(
    ("space", "access"), [("plan_admin", "CITY"), ("plan_office", "ORGANISATION")]
)
def test_a_new_indicator_stands_on_every_dashboard_with_its_names(
    client, works, space, access
):
    client.force_login(
        account("name", access, organisation=works, is_superuser=access == "CITY")
    )
    names = reverse(f"{space}:members", args=["IND-90"])

    dashboard = client.get(reverse(f"{space}:dashboard"), ASKED)
    missing = client.get(names, ASKED)

    assert "Training rate of other staff" in dashboard.text
    assert "trained more than once" in dashboard.text
    assert "staff without training" in dashboard.text
    assert names in dashboard.text
    assert missing.text.count("未训") == 8
    assert "已训" not in missing.text


def test_a_new_indicator_is_published_when_it_says_so(client, monkeypatch, works):
    shown = client.get("/progress/", ASKED)
    cache.clear()
    monkeypatch.setattr(StaffTrained, "published", False)
    hidden = client.get("/progress/", ASKED)

    assert "Training rate of other staff" in shown.text
    assert "12/20" in shown.text
    assert [line.code for line in shown.context["shown"]][-1] == "IND-90"
    assert "Training rate of other staff" not in hidden.text
    assert "IND-90" not in [line.code for line in hidden.context["shown"]]


def test_a_new_indicator_is_in_the_workbook_and_has_its_own_sheet(client, works):
    client.force_login(account("bureau", "CITY", is_superuser=True))

    response = client.get(reverse("plan_admin:export"), ASKED)

    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(response)))
    rows = book.get_sheet_by_index(0).to_python()
    line = next(row for row in rows if row[0] == "IND-90")
    assert line[1] == "training rate of other staff"
    assert line[3:8] == [12, 20, "60.0%", "≥ 80%", "未达标"]
    assert "trained more than once" in [row[1] for row in rows]
    assert "IND-90" in book.sheet_names


def test_two_indicators_have_no_code_in_common(declared):
    with pytest.raises(ValueError, match="IND-90"):
        register(StaffTrained())


def test_indicators_stand_in_the_order_of_their_codes_a_whole_after_its_parts(declared):
    codes = list(INDICATORS)

    assert codes[:5] == ["IND-01", "IND-02", "IND-03a", "IND-03b", "IND-03c"]
    assert codes[5:8] == ["IND-03", "IND-04", "IND-05a"]
    assert codes[-1] == "IND-90"


def test_an_indicator_says_all_that_is_asked_of_it():
    silent = [
        code
        for code, one in INDICATORS.items()
        if not (one.name and (one.definition or one.reason))
    ]

    assert silent == []
    assert [one.code for one in INDICATORS.values() if one.leads] == ["IND-01"]
    assert [one.code for one in INDICATORS.values() if one.counted] == list(COUNTS)


@pytest.mark.parametrize(
    ("space", "access"), [("plan_admin", "CITY"), ("plan_office", "ORGANISATION")]
)
def test_a_target_that_is_not_computed_is_shown_with_its_reason(client, space, access):
    client.force_login(
        account(
            "name", access, organisation=enterprise(), is_superuser=access == "CITY"
        )
    )

    page = client.get(reverse(f"{space}:dashboard"), ASKED).text
    sheet = client.get(reverse(f"{space}:export"), ASKED)
    public = client.get("/progress/", ASKED).text

    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(sheet)))
    rows = {row[0]: row for row in book.get_sheet_by_index(0).to_python()}
    for code, target in (
        ("IND-04", "≥ 80%"),
        ("IND-05a", "≥ 90%"),
        ("IND-05b", "≥ 90%"),
    ):
        reason = str(INDICATORS[code].reason)
        assert "暂未计算" in reason
        for text in (page, public):
            assert reason in text
        assert rows[code][6:9] == [target, "暂未计算", reason]
    assert client.get(reverse(f"{space}:members", args=["IND-04"])).status_code == 404


def test_a_target_of_no_indicator_is_no_gap_in_silence():
    plan = Plan.objects.get(code="13FYP")
    Target.objects.create(plan=plan, indicator="IND-77", value=50)

    found = build_report(plan, day=day("2017-12-31")).as_json()["not_computed"]

    assert [gap["code"] for gap in found] == ["IND-04", "IND-05a", "IND-05b", "IND-77"]
    assert found[-1] == {
        "code": "IND-77",
        "name": "IND-77",
        "target": "0.5",
        "reason": "系统没有这项指标。",
    }
