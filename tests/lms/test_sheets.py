import datetime as dt
import io
import tracemalloc
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter

from lms.sheets.cells import (
    CellError,
    date_of,
    decimal_of,
    number_text_of,
    text_of,
    yes_no_of,
)
from lms.sheets.files import FileRefused
from lms.sheets.imports import ImportReport
from lms.sheets.report_workbooks import report_workbook
from lms.sheets.workbooks import Column, read_sheet

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


def two_sheets(first, second, *, hide_first=False):
    """A workbook of two named sheets with the given rows."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        pages = [book.add_worksheet("填写说明"), book.add_worksheet("名册")]
        for page, rows in zip(pages, (first, second), strict=True):
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
        if hide_first:
            pages[1].activate()
            pages[0].hide()
    return stream.getvalue()


HEAD, LINE = ["姓名", "证件号码"], ["李海生", "440899197803120014"]


@pytest.mark.parametrize(
    ("first", "hidden"),
    [([["请按下表填写"]], False), ([HEAD, ["旧", "1"]], True), ([HEAD], False)],
    ids=["instructions", "hidden", "without rows"],
)
def test_the_sheet_that_has_the_rows_is_read_and_named(first, hidden):
    sheet = read_sheet(two_sheets(first, [HEAD, LINE], hide_first=hidden), COLUMNS)

    assert (sheet.name, [row["姓名"] for row in sheet.rows]) == ("名册", ["李海生"])


def test_of_several_sheets_with_rows_the_sender_chooses():
    data = two_sheets([HEAD, ["王芳", "1"]], [HEAD, LINE])

    with pytest.raises(FileRefused) as refused:
        read_sheet(data, COLUMNS)

    assert refused.value.code == "several_sheets"
    assert refused.value.choices == ["填写说明", "名册"]
    assert read_sheet(data, COLUMNS, page="填写说明").rows[0]["姓名"] == "王芳"
    assert refusal(data, page="别的") == "no_such_sheet"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，", "|"])
def test_the_header_line_decides_how_a_text_is_split(delimiter):
    lines = ["花名册,2016年,上报", delimiter.join(HEAD), delimiter.join(LINE)]

    sheet = read_sheet("\n".join(lines).encode(), COLUMNS)

    assert sheet.rows[0]["证件号码"] == LINE[1]


def test_columns_that_are_not_read_are_named_and_missing_ones_say_what_there_is():
    sheet = read_sheet("姓名,工资,证件号码（必填）\n李,1,2\n".encode(), COLUMNS)

    assert [(w["column"], w["code"]) for w in sheet.warnings] == [
        ("工资", "unknown_column")
    ]
    with pytest.raises(FileRefused, match=r"证件号码.*姓名、工资") as refused:
        read_sheet("姓名,工资\n李,1\n".encode(), COLUMNS)
    assert refused.value.code == "missing_column"
    # Without any header these are anybody's data: nothing of it is repeated.
    with pytest.raises(FileRefused) as refused:
        read_sheet("李海生,440899197803120014\n".encode(), COLUMNS)
    assert "李海生" not in str(refused.value)


@pytest.mark.parametrize(
    ("line", "is_note"),
    [
        ("合计,", True),
        ("填表人：张三,", True),
        ("备注：以上属实,", True),
        ("合计,440899197803120014", False),
        ("李海生,", False),
    ],
)
def test_totals_and_signatures_below_a_table_are_no_rows(line, is_note):
    sheet = read_sheet(f"姓名,证件号码\n李,1\n{line}\n".encode(), COLUMNS)

    assert len(sheet.rows) == (1 if is_note else 2)
    assert [w["code"] for w in sheet.warnings] == ["note_line"] * is_note


@pytest.mark.parametrize("name", ["名册.xlsx", "名册.XLS"])
def test_a_text_named_like_a_workbook_is_no_workbook(name):
    data = "姓名,证件号码\n李,1\n".encode()

    with pytest.raises(FileRefused, match=r"不是 \.xlsx") as refused:
        read_sheet(data, COLUMNS, filename=name)

    assert refused.value.code == "not_a_workbook"
    assert read_sheet(data, COLUMNS, filename="名册.csv").rows


def with_date_cell(xml):
    """A workbook whose row 2 has the given XML as its third cell."""
    data = workbook([*HEAD, "起始日期"], [*LINE, "x"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    start = sheet.index('<c r="C2"')
    end = sheet.index("</c>", start) + len("</c>")
    changed = (sheet[:start] + xml + sheet[end:]).encode()
    return repack(data, {"xl/worksheets/sheet1.xml": changed})


@pytest.mark.parametrize(
    ("xml", "problems"),
    [
        ('<c r="C2" t="e"><v>#N/A</v></c>', ["error_cell"]),
        ('<c r="C2" t="e"><f>NA()</f><v>#N/A</v></c>', ["error_cell"]),
        ("<c t='e' r='C2'><v>#REF!</v></c>", ["error_cell"]),
        ('<c r="C2"><f>VLOOKUP(1,A:B,2)</f></c>', ["error_cell"]),
        ('<c r="C2" t="inlineStr"><is><t>#VALUE!</t></is></c>', ["error_cell"]),
        ('<c r="C2" t="str"><f>IF(1,"","")</f><v></v></c>', []),
        ('<c r="C2" s="1"/>', []),
    ],
    ids=["pasted", "formula", "ref", "not calculated", "typed", "empty text", "empty"],
)
def test_an_error_in_a_cell_is_never_an_empty_cell(xml, problems):
    sheet = read_sheet(with_date_cell(xml), COLUMNS)

    assert [code for _column, code, _message in sheet.rows[0].problems] == problems
    again = read_sheet(report_workbook(sheet, ImportReport()), COLUMNS)
    assert [code for _column, code, _message in again.rows[0].problems] == problems


def test_the_report_keeps_the_type_of_each_cell_and_its_own_column():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [*HEAD, "起始日期", "a", "b", "c"])
        page.write_row(1, 0, ["李", 440899197803120014, dt.date(2020, 1, 6), True, 1.5])
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page.write_row(2, 0, ["王", "0123", dt.datetime(2020, 1, 6, 8, 30), "2020-1-6"])
        page.write_datetime(2, 2, dt.datetime(2020, 1, 6, 8, 30), moment)
    sheet = read_sheet(stream.getvalue(), COLUMNS)
    report = ImportReport(rows=2)
    report.accept(sheet.rows[0])

    once = read_sheet(report_workbook(sheet, report), COLUMNS)
    twice = read_sheet(report_workbook(once, ImportReport()), COLUMNS)

    width = len(sheet.raw[0])
    assert [row[:width] for row in once.raw] == sheet.raw
    assert [row[:width] for row in twice.raw] == sheet.raw
    assert (len(once.raw[0]), len(twice.raw[0])) == (width + 1, width + 1)
    assert [row.values for row in once.rows] == [row.values for row in sheet.rows]
    assert once.rows[0].problems == sheet.rows[0].problems
