"""The import as a command: trying it out, all or nothing, and its report."""

import json

import pytest
from django.core.management import CommandError, call_command

from lms.people.models import Person
from lms.people.services.roster import ROSTER_COLUMNS, import_roster
from lms.sheets.workbooks import read_sheet
from tests.people.sheets import LI, USCC, WANG, roster

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def test_dry_run_and_all_or_nothing_change_nothing(factory):
    good = f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,"
    bad = f"王芳,{WANG},,{USCC},厨师,,2016-05-03,"

    dry = import_roster(roster(good), dry_run=True)
    strict = import_roster(roster(good, bad), all_or_nothing=True)

    assert dry.created == 1
    assert (strict.created, strict.rejected) == (0, 1)
    assert not Person.objects.exists()


def test_command_prints_one_json_object_and_says_2_when_rows_were_refused(
    factory, tmp_path, capsys
):
    path, report = tmp_path / "roster.csv", tmp_path / "report.xlsx"
    path.write_text(
        "姓名,证件号码,统一社会信用代码,岗位类别,起始日期\n"
        f"李海生,{LI},{USCC},主要负责人,2016-05-03\n"
        f"王芳,{LI},{USCC},主要负责人,2016-05-03\n"
    )

    with pytest.raises(SystemExit) as stop:
        call_command("import_roster", str(path), "--json", "--report", str(report))

    assert stop.value.code == 2
    shown = json.loads(capsys.readouterr().out)
    assert (shown["created"], shown["rejected"]) == (1, 1)
    assert list(shown["errors"][0]) == ["row", "column", "code", "message"]
    assert read_sheet(report, ROSTER_COLUMNS).raw[2][-1]


@pytest.fixture
def roster_file(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(
        "姓名,证件号码,统一社会信用代码,岗位类别,起始日期\n"
        f"李海生,{LI},{USCC},主要负责人,2016-05-03\n"
    )
    return path


@pytest.mark.parametrize(
    "place", ["missing/out.xlsx", "."], ids=["no-folder", "folder"]
)
def test_report_that_cannot_be_written_stops_the_import(
    factory, roster_file, tmp_path, place
):
    with pytest.raises(CommandError, match="nothing was imported"):
        call_command("import_roster", str(roster_file), report=str(tmp_path / place))

    assert not Person.objects.exists()


def test_report_that_fills_the_disk_takes_the_rows_back(factory, roster_file):
    with pytest.raises(CommandError, match="nothing was imported"):
        call_command("import_roster", str(roster_file), report="/dev/full")

    assert not Person.objects.exists()


def test_report_stays_where_the_sheet_is_refused(factory, tmp_path):
    path, report = tmp_path / "roster.csv", tmp_path / "report.xlsx"
    path.write_text("姓名\n李海生\n")
    report.write_text("kept")

    with pytest.raises(CommandError):
        call_command("import_roster", str(path), report=str(report))

    assert report.read_text() == "kept"
