"""How an import reads, locks and commits; on invented importers of this module."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.people.models import Zone
from lms.sheets import row_imports
from lms.sheets.row_imports import RowImport, importer
from lms.sheets.workbooks import Column, read_sheet

pytestmark = pytest.mark.django_db

COLUMNS = [Column("code", required=True), Column("name", required=True)]


class ZoneImport(RowImport):
    """Creates zones; refuses the name that a zone has already."""

    def read(self, row):
        return row if self.report.accept(row) else None

    def plan(self, rows, *, lock):
        known = set(Zone.objects.values_list("code", flat=True))
        new = [row for row in rows if row["code"] not in known]
        self.report.created += len(new)
        self.report.unchanged += len(rows) - len(new)
        return new

    def write(self, plan):
        Zone.objects.bulk_create(Zone(code=r["code"], name=r["name"]) for r in plan)


import_zones = importer(ZoneImport)


@pytest.fixture(autouse=True)
def slices_of_two(monkeypatch):
    monkeypatch.setattr(row_imports, "SLICE", dict.fromkeys(row_imports.SLICE, 2))
    monkeypatch.setattr(row_imports, "PAUSE", 0)


def sheet(count, *, bad=()):
    lines = [f"X{n},{'' if n in bad else n}" for n in range(count)]
    return read_sheet("\n".join(["code,name", *lines]).encode(), COLUMNS)


def statements(function, *arguments, **options):
    with CaptureQueriesContext(connection) as queries:
        report = function(*arguments, **options)
    return report, [query["sql"].split()[0] for query in queries]


def test_a_check_opens_no_transaction():
    report, seen = statements(import_zones, sheet(5), dry_run=True)

    assert (report.created, set(seen)) == (5, {"SELECT"})
    assert not Zone.objects.filter(code__startswith="X").exists()


def test_an_import_commits_after_each_slice():
    report, seen = statements(import_zones, sheet(5, bad={3}))

    assert (report.created, report.rejected) == (4, 1)
    assert [word for word in seen if word in ("SAVEPOINT", "RELEASE")] == [
        "SAVEPOINT",
        "RELEASE",
    ] * 3


def test_all_or_nothing_checks_first_and_writes_in_one_transaction():
    refused, before = statements(import_zones, sheet(5, bad={3}), all_or_nothing=True)
    written, after = statements(import_zones, sheet(5), all_or_nothing=True)

    assert (refused.created, set(before)) == (0, {"SELECT"})
    assert (written.created, after.count("SAVEPOINT")) == (5, 1)


def test_what_a_dead_runner_has_written_is_counted_as_written():
    kept = []

    class Died(Exception):
        pass

    def die_after_two_slices(report):
        kept.append({"created": report.created, "updated": report.updated})
        if len(kept) == 3:
            raise Died

    with pytest.raises(Died):
        import_zones(sheet(5, bad={0}), checkpoint=die_after_two_slices)
    assert Zone.objects.filter(code__startswith="X").count() == 3

    report = import_zones(sheet(5, bad={0}), earlier=kept[1])

    assert (report.created, report.unchanged, report.rejected) == (4, 0, 1)


def test_rows_of_one_key_come_in_one_slice():
    class Grouped(ZoneImport):
        def key(self, row):
            return row["name"]

        def plan(self, rows, *, lock):
            slices.append([row["name"] for row in rows])
            return super().plan(rows, lock=lock)

    slices = []
    lines = "code,name\nX1,a\nX2,b\nX3,c\nX4,a\nX5,a\n"
    importer(Grouped)(read_sheet(lines.encode(), COLUMNS), dry_run=True)

    assert slices == [["a", "a", "a"], ["b", "c"]]
