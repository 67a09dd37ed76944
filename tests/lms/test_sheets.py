import datetime as dt
import io
import tracemalloc
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter

from lms.cells import (
    CellError,
    date_of,
    decimal_of,
    number_text_of,
    text_of,
    yes_no_of,
)
from lms.import_files import FileRefused
from lms.import_workbooks import report_workbook
from lms.imports import ImportReport
from lms.sheets import Column, read_sheet

COLUMNS = [
    Column("姓名", ("name",), required=True),
    Column("证件号码", ("id number",), required=True, kind="number_text"),
    Column("起始日期", ("from",), kind="date"),
]


def workbook(*rows, formulas=()):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                page.write(number, place, cell)
        for cell, formula in formulas:
            page.write_formula(cell, formula)
    return stream.getvalue()


def repack(data, changes):
    """The same archive with members replaced or added."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in source.infolist():
            target.writestr(member, changes.pop(member.filename, source.read(member)))
        for name, content in changes.items():
            target.writestr(name, content)
    return stream.getvalue()


DTD = b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'
ENTITY = b"<x>\n<!ENTITY a 'b'></x>"
GOOD = workbook(["姓名", "证件号码"], ["李海生", "440899197803120014"])


def named(value):
    """An id of a case that every process gives alike."""
    return getattr(value, "__name__", None) or ascii(value)[:30]


def test_reads_headers_in_any_order_language_and_spelling():
    data = workbook(
        ["花名册"],
        ["ＩＤ number *", "备注", " Name ", "From"],
        ["440899197803120014", "x", " 李海生\u3000", "2016.5.3"],
        ["", "", "", ""],
        ["44089919750423007x", "", "王 五", ""],
    )

    sheet = read_sheet(data, COLUMNS)

    assert [row.number for row in sheet.rows] == [3, 5]
    assert sheet.rows[0].values == {
        "姓名": "李海生",
        "证件号码": "440899197803120014",
        "起始日期": dt.date(2016, 5, 3),
    }
    assert sheet.rows[1]["证件号码"] == "44089919750423007X"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"], ids=str
)
def test_reads_csv_in_the_encodings_offices_use(encoding):
    text = "姓名,证件号码\r\n塘㙍镇李海生,440899197803120014\r\n"

    sheet = read_sheet(text.encode(encoding), COLUMNS)

    assert sheet.rows[0]["姓名"] == "塘㙍镇李海生"


def refusal(data, columns=COLUMNS, **options):
    with pytest.raises(FileRefused) as caught:
        read_sheet(data, columns, **options)
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\xd0\xcf\x11\xe0 old or encrypted", "not_a_workbook"),
        (b"<html><table><tr><td>x</td></tr></table>", "not_a_workbook"),
        (b"%PDF-1.7 x", "not_a_workbook"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR \xff\x81", "not_a_workbook"),
        (b"PK\x03\x04 not really", "not_a_workbook"),
        (b"\xff\x80\x81\xff" * 20, "unknown_encoding"),
        ("姓名,性别\n李海生,男\n".encode(), "missing_column"),
        ("姓名,证件号码,Name\n李,1,李\n".encode(), "doubled_column"),
        (repack(GOOD, {"xl/vbaProject.bin": b"x"}), "macros"),
        (
            repack(
                GOOD, {"xl/sharedStrings.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}
            ),
            "not_a_workbook",
        ),
        (
            repack(GOOD, {"docProps/app.xml": b"<x>\n<!ENTITY a 'b'></x>"}),
            "not_a_workbook",
        ),
        (repack(GOOD, {f"x/{n}": b"" for n in range(1200)}), "too_large_inside"),
    ],
    ids=[
        "empty",
        "ole",
        "html",
        "pdf",
        "png",
        "broken-zip",
        "encoding",
        "missing",
        "doubled",
        "macros",
        "dtd",
        "entity",
        "many-members",
    ],
)
def test_refuses_what_is_no_sheet(data, code):
    assert refusal(data) == code


def test_refuses_an_archive_that_is_not_a_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")

    assert refusal(stream.getvalue()) == "not_a_workbook"


def test_refuses_a_bomb_without_inflating_it():
    bomb = repack(GOOD, {"xl/worksheets/sheet1.xml": b"0" * 300_000_000})
    tracemalloc.start()

    assert refusal(bomb) == "too_large_inside"

    assert tracemalloc.get_traced_memory()[1] < 32_000_000
    tracemalloc.stop()


def test_refuses_one_row_over_the_limit():
    data = "姓名,证件号码\n" + "李海生,440899197803120014\n" * 4

    assert len(read_sheet(data.encode(), COLUMNS, max_rows=4).rows) == 4
    assert refusal(data.encode(), max_rows=3) == "too_many_rows"


def test_formula_cells_are_named():
    data = workbook(
        ["姓名", "证件号码"],
        ["李海生", "440899197803120014"],
        formulas=[("C2", "=1+1")],
    )

    sheet = read_sheet(data, COLUMNS)

    assert [(w["row"], w["column"], w["code"]) for w in sheet.warnings] == [
        (2, "C2", "formula")
    ]


@pytest.mark.parametrize(
    ("convert", "cell", "code"),
    [
        (number_text_of, 4.40899197803120014e17, "digits_lost"),
        (number_text_of, "4.40899E+17", "digits_lost"),
        (date_of, "2024/2/30", "bad_date"),
        (date_of, 44927.0, "bad_date"),
        (date_of, "二〇二四年", "bad_date"),
        (date_of, "3020-01-01", "bad_date"),
        (text_of, "李\u202e海生", "bad_character"),
        (text_of, "李\u200b海生", "bad_character"),
        (text_of, "李\x07海生", "bad_character"),
        (text_of, "李" * 501, "too_long"),
        (yes_no_of, "也许", "bad_yes_no"),
        (decimal_of, "NaN", "bad_number"),
        (decimal_of, "-1", "bad_number"),
        (decimal_of, "1.005", "bad_number"),
    ],
    ids=named,
)
def test_cell_that_does_not_fit_says_why(convert, cell, code):
    with pytest.raises(CellError) as caught:
        convert(cell)

    assert caught.value.code == code
    assert str(cell) not in str(caught.value)


@pytest.mark.parametrize(
    ("convert", "cell", "value"),
    [
        (text_of, "𠮷野", "𠮷野"),
        (text_of, "买买提·吐尔逊", "买买提·吐尔逊"),
        (text_of, " \u3000 ", None),
        (number_text_of, 19900000012.0, "19900000012"),
        (number_text_of, "４４０８９９", "440899"),
        (number_text_of, "'440 899", "440899"),
        (date_of, "2016年5月3日", dt.date(2016, 5, 3)),
        (date_of, dt.datetime(2016, 5, 3), dt.date(2016, 5, 3)),
        (date_of, "2016-05-03 00:00:00", dt.date(2016, 5, 3)),
        (yes_no_of, "是", True),
        (yes_no_of, "", None),
        (decimal_of, "32.50", Decimal("32.50")),
        (decimal_of, 32.0, Decimal("32")),
    ],
    ids=named,
)
def test_cell_is_read_as_written(convert, cell, value):
    assert convert(cell) == value


def test_report_gives_back_the_same_sheet_with_what_is_wrong():
    sheet = read_sheet(GOOD, COLUMNS)
    report = ImportReport(rows=1)
    report.reject(2, "证件号码", "bad_check_digit", "check digit")

    again = read_sheet(report_workbook(sheet, report), COLUMNS)

    assert again.rows[0]["证件号码"] == "440899197803120014"
    assert again.raw[1][-1] == "证件号码: check digit"


def cell(place, text="x"):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (cell("A1", "姓名") + cell("XFD1048576"), "too_large_inside"),
        (cell("A1", "姓名") + cell("xfd1048576"), "too_large_inside"),
        (b"<c" + b" " * 300_000, "not_a_workbook"),
        (b"<c t='n'><v>1</v></c>", "not_a_workbook"),
    ],
    ids=["far corner", "far corner, small letters", "endless tag", "cell adrift"],
)
def test_cells_the_reader_would_lay_out_for_ever_are_refused_before_it(cells, code):
    head = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    )
    sheet = head + b"<sheetData><row>" + cells + b"</row></sheetData></worksheet>"
    data = repack(GOOD, {"xl/worksheets/sheet1.xml": sheet})

    with pytest.raises(FileRefused) as refused:
        read_sheet(data, COLUMNS)

    assert refused.value.code == code


SHARED = (
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<si><t>" + b"x" * 200_000 + b"</t></si></sst>"
)


def shared(count):
    """Cells that all show the one long text."""
    rows = (f'<row><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, count + 1))
    return "".join(rows).encode()


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>',
        b'<row><c r="XFD0000000100000"><v>1</v></c></row>',
        shared(1000),
        shared(20_000),
    ],
    ids=["beyond every sheet", "padded", "shared text", "shared text, far too much"],
)
def test_a_small_file_that_wants_all_memory_ends_a_child_and_is_refused(rows):
    head = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    )
    first = b'<row r="1">' + cell("A1", "姓名") + b"</row>"
    sheet = head + b"<sheetData>" + first + rows + b"</sheetData></worksheet>"
    parts = {"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": SHARED}

    with pytest.raises(FileRefused) as refused:
        read_sheet(repack(GOOD, parts), COLUMNS)

    assert refused.value.code == "too_large_inside"


def test_text_of_very_many_columns_is_refused():
    with pytest.raises(FileRefused) as refused:
        read_sheet("姓名,证件号码\n".encode() + b"," * 200_000, COLUMNS)

    assert refused.value.code == "too_large_inside"


def test_styled_empty_cells_down_a_whole_column_are_no_reason_to_refuse():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page, style = book.add_worksheet(), book.add_format({"bold": True})
        page.write_row(0, 0, ["姓名", "证件号码"])
        page.write_row(1, 0, ["李海生", "440899197803120014"])
        page.write_blank(1_048_575, 200, None, style)

    assert len(read_sheet(stream.getvalue(), COLUMNS).rows) == 1


@pytest.mark.parametrize(
    ("filler", "code"),
    [(b"\n", "too_many_rows"), (b",", "not_a_workbook")],
    ids=["empty lines", "one endless line"],
)
def test_text_that_only_fills_memory_is_refused_early(filler, code):
    data = "姓名,证件号码\n".encode() + filler * 8_000_000

    tracemalloc.start()
    with pytest.raises(FileRefused) as refused:
        read_sheet(data, COLUMNS, max_rows=30_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert refused.value.code == code
    assert peak < 100 * 1024 * 1024


@pytest.mark.parametrize(
    "cell",
    ["9999-12-31", dt.date(9999, 12, 31), dt.datetime(1899, 12, 31)],
    ids=["text", "date", "moment"],
)
def test_a_day_out_of_range_is_refused_however_it_was_typed(cell):
    with pytest.raises(CellError) as refusal:
        date_of(cell)

    assert refusal.value.code == "bad_date"


def test_a_stored_nan_is_an_error_of_its_cell():
    with pytest.raises(CellError) as refusal:
        number_text_of(float("nan"))

    assert refusal.value.code == "digits_lost"
