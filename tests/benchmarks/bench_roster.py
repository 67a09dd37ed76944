"""P12, P13: a roster of 28,000 rows against reading it and copying it to a table."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter
from django.db import connection, transaction

from lms.people.identity.numbers import id_check_digit
from lms.people.models import Organisation, Person, Post
from lms.people.services.organisations import ORGANISATION_COLUMNS, import_organisations
from lms.people.services.roster import ROSTER_COLUMNS, import_roster
from lms.sheets import row_imports
from lms.sheets.workbooks import read_sheet
from tests.benchmarks.floors.copy import copy, make_table
from tests.benchmarks.harness import Row, compare

NAME = "名册"
USCC = "91440899DEM000014M"
SIZES = (2_800, 28_000)
CELLS = len(ROSTER_COLUMNS)


def rows(only: list[str]) -> Iterator[Row]:
    """Yield the rows asked for; all when ``only`` is empty."""
    wanted = {"P12", "P13"} & set(only or ("P12", "P13"))
    if not wanted:
        return
    sheet = f"统一社会信用代码,单位名称,镇街\n{USCC},示例厂,博铺街道\n"
    import_organisations(read_sheet(sheet.encode(), ORGANISATION_COLUMNS))
    make_table(CELLS)
    with tempfile.TemporaryDirectory() as folder:
        paths = {
            size: write_roster(Path(folder) / f"{size}.xlsx", size) for size in SIZES
        }
        if "P12" in wanted:
            yield measure("P12", "roster of 28,000 rows, new", paths, new=True)
        if "P13" in wanted:
            yield measure("P13", "the same roster again, unchanged", paths, new=False)
    forget()
    Organisation.objects.filter(uscc=USCC).delete()


def measure(code, what, paths, *, new):
    """Compare at 28,000 rows, and time each size once for the exponent."""
    sizes = []
    for size, path in paths.items():
        forget()
        if not new:
            load(path)
        start = time.perf_counter()
        load(path)
        sizes.append((size, time.perf_counter() - start))
    forget()
    if not new:
        load(paths[28_000])

    def product():
        load(paths[28_000], keep=not new)

    def floor():
        with transaction.atomic():
            copy(str(paths[28_000]))
            if new:
                transaction.set_rollback(True)
        if not new:
            empty()

    return compare(
        code,
        what,
        product=product,
        floor=floor,
        gate=3.0 if new else 2.0,
        aim=1.5 if new else 1.3,
        calls=1,
        rounds=5,
        by="wall",
        sizes=sizes,
    )


def load(path, *, keep=True):
    """Import a roster; taken back again where ``keep`` is false."""
    # The pause between two slices is for other writers; it is no work.
    row_imports.PAUSE = 0
    with transaction.atomic():
        report = import_roster(read_sheet(path, ROSTER_COLUMNS))
        transaction.set_rollback(not keep)
    assert report.rejected == 0, report.errors[:3]


def forget():
    """Remove what an earlier measurement wrote."""
    Post.objects.filter(organisation__uscc=USCC).delete()
    Person.objects.filter(name__startswith=NAME)._raw_delete("default")


def empty():
    """Empty the floor's table, outside what is timed as the insert."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bench_copy")


def write_roster(path, size) -> str:
    """Write a workbook of so many invented people, prefix 440899."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [column.name for column in ROSTER_COLUMNS])
        for n in range(size):
            page.write_row(n + 1, 0, roster_row(n))
    return str(path)


def roster_row(n):
    """One line: name, document, phone, organisation, role and dates."""
    day, sequence = divmod(n, 1000)
    first = f"440899{1960 + day // 336}{day // 28 % 12 + 1:02}{day % 28 + 1:02}"
    number = f"{first}{sequence:03}"
    values = {
        "姓名": f"{NAME}{chr(0x4E00 + n % 5000)}",
        "证件号码": number + id_check_digit(number),
        "手机": f"199{n:08}",
        "统一社会信用代码": USCC,
        "岗位类别": "其他从业人员",
        "起始日期": "2016-05-03",
    }
    return [values.get(column.name, "") for column in ROSTER_COLUMNS]
