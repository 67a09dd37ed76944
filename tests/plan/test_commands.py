import json
from io import BytesIO, StringIO

import pytest
import python_calamine
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from lms.plan.models import Snapshot

from .city import enterprise, person, post, training

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
            assert {"key", "name", "numerator", "denominator", "variants"} <= set(row)


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
    ],
    ids=["plan", "day"],
)
def test_plan_report_refuses_nonsense(arguments):
    with pytest.raises(CommandError):
        run("plan_report", *arguments)


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
