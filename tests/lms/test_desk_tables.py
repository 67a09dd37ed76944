"""Tables on desks: what the address narrows, what is counted, what a sheet holds."""

import datetime as dt
import io

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone
from python_calamine import CalamineWorkbook

from lms.backoffice.desk_tables import Cell, DeskTable, Group, Heading
from lms.backoffice.desks import Link
from lms.templatetags.lms_ui import keep_dates


def numbers_table(*numbers, asked=""):
    table = DeskTable(
        "numbers",
        ("number", Heading("square", note="remark"), ""),
        numbers,
        lambda n: (
            n,
            Cell(f"={n * n}", "/x/", note="even" if n % 2 == 0 else ""),
            "act",
        ),
        groups=(
            Group("even", "even", lambda n: n % 2 == 0),
            Group("large", "large", lambda n: n > 9),
        ),
    )
    table.asked = asked
    return table


@pytest.mark.parametrize(
    ("asked", "shown"), [("", [1, 2, 4]), ("even", [2, 4]), ("x", [1, 2, 4])]
)
def test_a_table_shows_the_group_that_the_address_names(asked, shown):
    assert numbers_table(1, 2, 4, asked=asked).shown == shown


def test_a_table_counts_its_groups_whatever_is_shown():
    table = numbers_table(1, 2, 4, asked="even")

    assert [(one.label, one.count, one.url, one.is_shown) for one in table.numbers] == [
        ("全部", 3, "?#numbers", False),
        ("even", 2, "?numbers=even#numbers", True),
    ]


def test_a_group_of_all_rows_stands_for_all():
    assert [one.label for one in numbers_table(2, 4).numbers] == ["even"]


def test_a_group_without_rows_is_named_only_where_it_is_asked_for():
    table = numbers_table(1, asked="large")

    assert [(one.label, one.count) for one in table.numbers] == [
        ("全部", 1),
        ("large", 0),
    ]
    assert table.shown == []


def test_a_sheet_has_the_rows_on_the_screen_notes_apart_and_no_acts():
    table = numbers_table(1, 2, 4, asked="even")

    rows = sheet_of(table)

    assert table.export_url == "?numbers=even&export=numbers"
    assert rows == [
        ["Number", "Square", "Remark"],
        [2, "=4", "even"],
        [4, "=16", "even"],
    ]


def test_days_moments_and_nothing_are_the_same_in_a_table_and_its_sheet():
    moment = dt.datetime(2026, 5, 4, 1, tzinfo=dt.UTC)
    with timezone.override("Asia/Shanghai"):
        table = DeskTable(
            "t",
            ("a", "b", "c", "d"),
            [None],
            lambda _: (dt.date(2026, 5, 4), moment, None, Link("x", "/x/")),
        )
        *shown, link = BeautifulSoup(table.body, "html.parser").find_all("td")
        _heading, row = sheet_of(table)

    texts = ["2026-05-04", "2026-05-04 09:00"]
    assert [cell.text for cell in shown] == [*texts, "—"]
    assert [cell["data-label"] for cell in shown] == ["A", "B", "C"]
    assert row == [*texts, "", "x"]
    assert link.a["href"] == "/x/"


def test_what_stands_in_a_cell_is_never_markup():
    sign = "<b>\"'&"
    cells = (Cell(sign, f"/{sign}/", sign), sign, Cell(sign, note=sign))
    table = DeskTable("t", (sign, sign, ""), [None], lambda _: cells)

    body = BeautifulSoup(table.body, "html.parser")

    assert body.b is None
    assert [td.get("data-label") for td in body.find_all("td")] == [sign, sign, None]
    assert body.a["href"] == f"/{sign}/"
    assert body.find_all("td")[0].text == sign * 2


@pytest.mark.parametrize("title", ["", "A/B [1]: ？*'", "长" * 40])
def test_any_title_makes_a_sheet(title):
    assert len(sheet_of(numbers_table(1), title)) == 2


def sheet_of(table, title="title"):
    body = table.workbook(title, "file").getvalue()
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    return book.get_sheet_by_index(0).to_python()


def test_dates_are_kept_in_one_piece_and_markup_is_not_let_in():
    assert keep_dates("<b> 2026-05-04 09:00:07 – 2029-05-03") == (
        "&lt;b&gt; <time>2026-05-04 09:00:07</time> – <time>2029-05-03</time>"
    )
