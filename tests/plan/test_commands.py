import datetime as dt
import json
from io import BytesIO, StringIO

import pytest
import python_calamine
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from certificates.models import RuleSet
from lms.evidence.clock import SHANGHAI
from lms.plan.models import Snapshot
from tests.plan.city import enterprise, person, post, training

pytestmark = pytest.mark.django_db


def run(command, *arguments):
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def two_of_three():
    works = enterprise()
    for trained in (True, True, False):
        head = person()
        post(head, works, "PRINCIPAL")
        if trained:
            training(head, "2016-05-01", "PRINCIPAL", employer=works)


FIGURES = [
    "name",
    "unit",
    "numerator",
    "denominator",
    "value",
    "display",
    "target",
    "met",
    "variants",
]
ASKED = ("--plan", "13FYP", "--as-of", "2017-12-31")


def test_plan_report_prints_the_agreed_json():
    two_of_three()

    report = run("plan_report", *ASKED, "--json")

    by_code = {entry["code"]: entry for entry in report["indicators"]}
    assert report["plan"] == "13FYP"
    assert report["as_of"] == "2017-12-31"
    head = by_code["IND-03a"]
    assert head["name"] == "主要负责人培训率"
    assert {key: head[key] for key in ("numerator", "denominator", "value")} == {
        "numerator": 2,
        "denominator": 3,
        "value": "0.666667",
    }
    assert head["display"] == "66.7% (2/3)"
    assert (head["target"], head["met"]) == ("0.9", False)
    assert set(head["variants"]) == {"current", "excluding_first_6_months", "+missing"}
    trained = by_code["IND-01"]
    assert (trained["denominator"], trained["value"], trained["target"]) == (
        None,
        "2",
        "28000",
    )
    assert set(trained["variants"]) == {
        "person_times",
        "passed_persons",
        "no_id_times",
    }
    assert by_code["IND-06c"]["met"] is None
    assert "rows" not in trained
    assert list(head) == ["code", *FIGURES, "facts"]


@pytest.mark.parametrize(
    "by", ["town", "zone", "industry", "role", "item", "organisation", "year"]
)
def test_plan_report_breaks_down(by):
    two_of_three()

    report = run("plan_report", *ASKED, "--by", by)

    assert report["by"] == by
    for entry in report["indicators"]:
        assert {"rows", "note"} <= set(entry)
        for row in entry["rows"]:
            assert [key for key in row if key != "facts"] == ["key", *FIGURES]


def test_the_rows_of_a_report_say_the_same_as_its_totals():
    two_of_three()

    report = run("plan_report", *ASKED, "--by", "town")

    by_code = {entry["code"]: entry for entry in report["indicators"]}
    row = next(r for r in by_code["IND-03a"]["rows"] if r["name"] == "博铺街道")
    assert (row["display"], row["target"], row["met"]) == ("66.7% (2/3)", "0.9", False)
    trained = next(r for r in by_code["IND-01"]["rows"] if r["name"] == "博铺街道")
    assert (trained["display"], trained["target"], trained["met"]) == ("2", None, None)


def test_a_day_as_the_cut_includes_what_was_recorded_on_it():
    works = enterprise(recorded_at=dt.datetime(2018, 1, 1, tzinfo=SHANGHAI))
    for moment in ("2018-01-09 10:00", "2018-01-10 10:00", "2018-01-11 00:00"):
        at = dt.datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
        training(person(), "2017-05-01", "OTHER", employer=works, recorded_at=at)

    def known_by(cut):
        report = run("plan_report", *ASKED, "--recorded-by", cut)
        return report["indicators"][0]["numerator"]

    assert known_by("2018-01-10") == 2
    assert known_by("2018-01-10T09:59:59") == 1
    assert known_by("2018-01-09") == 1
    assert known_by("2018-01-11") == 3


@pytest.mark.parametrize("option", ["--xlsx", "--pdf"])
def test_a_file_that_cannot_be_written_is_refused_in_words(tmp_path, option):
    with pytest.raises(CommandError, match="missing"):
        run("plan_report", *ASKED, option, str(tmp_path / "missing" / "r"))


def test_plan_report_writes_a_sheet_and_a_pdf(tmp_path):
    two_of_three()
    sheet, paper = tmp_path / "r.xlsx", tmp_path / "r.pdf"

    run(
        "plan_report", *ASKED, "--by", "town", "--xlsx", str(sheet), "--pdf", str(paper)
    )

    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(sheet.read_bytes()))
    assert "IND-03a" in book.sheet_names
    assert paper.read_bytes()[:5] == b"%PDF-"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--plan", "NOPE", "--as-of", "2017-12-31"),
        ("--plan", "13FYP", "--as-of", "yesterday"),
        (*ASKED, "--recorded-by", "0001-01-01T00:00"),
    ],
    ids=["plan", "day", "moment"],
)
def test_plan_report_refuses_nonsense(arguments):
    with pytest.raises(CommandError):
        run("plan_report", *arguments)


def test_no_snapshot_is_taken_of_a_day_that_has_not_come():
    with pytest.raises(CommandError, match="not come yet"):
        run("plan_snapshot", "--plan", "13FYP", "--as-of", "2099-01-01")

    assert not Snapshot.objects.exists()


def test_a_snapshot_names_the_rule_sets_in_use():
    RuleSet.objects.filter(code="R2026").update(enabled=False)

    taken = run("plan_snapshot", *ASKED)

    assert Snapshot.objects.get(pk=taken["snapshot"]).rule_set == ["R2010"]


def test_a_snapshot_stays_as_it_was():
    two_of_three()

    first = run("plan_snapshot", *ASKED)
    again = run("plan_snapshot", *ASKED)
    training(person(), "2017-01-01", "OTHER")
    later = run("plan_snapshot", *ASKED)

    assert first["hash"] == again["hash"] != later["hash"]
    kept = Snapshot.objects.get(pk=first["snapshot"])
    assert kept.result["indicators"][0]["numerator"] == 2
    with pytest.raises(DatabaseError):
        Snapshot.objects.filter(pk=kept.pk).update(hash="")
