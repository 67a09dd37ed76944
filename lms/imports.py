"""What every import has in common: the report, the transaction, the command.

An importer is a function of a sheet and a report; ``importer`` gives it the shape
the doors call. Good rows are applied unless ``all_or_nothing``; a dry run does
everything and takes it back (design 5).
"""

import functools
import io
import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import xlsxwriter
from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from .commands import ContractCommand
from .sheets import MAX_ROWS, Column, Row, Sheet, SheetRefused, read_sheet

Progress = Callable[[int, int], None]


@dataclass
class ImportReport:
    """What an import did, in the words of design 5.

    Messages never repeat what the cell held: it may be a document number.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    errors: list[dict] = field(default_factory=list)
    warnings: list[dict] = field(default_factory=list)
    _refused: set[int] = field(default_factory=set, repr=False)
    _afterwards: list[Callable[[], object]] = field(default_factory=list, repr=False)
    _when_written: list[Callable[[], object]] = field(default_factory=list, repr=False)

    def afterwards(self, action: Callable[[], object]) -> None:
        """Do something once the import is over, also where it was taken back."""
        self._afterwards.append(action)

    def when_written(self, action: Callable[[], object]) -> None:
        """Do something in the transaction of an import that is not taken back."""
        self._when_written.append(action)

    def accept(self, row: Row) -> bool:
        """Count a row in; refuse it where a cell does not fit its column."""
        for column, code, message in row.problems:
            self.reject(row.number, column, code, message)
        return not row.problems

    def reject(self, row: int, column: str, code: str, message: str) -> None:
        """Refuse a row. ``code`` is stable; ``message`` says what to mend."""
        self._refused.add(row)
        self.rejected = len(self._refused)
        self.errors.append(
            {"row": row, "column": column, "code": code, "message": str(message)}
        )

    def warn(self, row: int, column: str, code: str, message: str) -> None:
        """Take a row and say what looks odd."""
        self.warnings.append(
            {"row": row, "column": column, "code": code, "message": str(message)}
        )

    def is_refused(self, row: Row) -> bool:
        """Whether something about the row was refused."""
        return row.number in self._refused

    def take_back(self) -> None:
        """Nothing was written after all: refused rows under all-or-nothing."""
        self.created = self.updated = self.unchanged = 0

    def as_json(self) -> dict:
        """The report as the JSON object of design 5."""
        shown = asdict(self)
        del shown["_refused"], shown["_afterwards"], shown["_when_written"]
        shown["errors"].sort(key=lambda error: error["row"])
        return shown


def importer(function):
    """Give ``function(sheet, report, *, actor, progress)`` its public shape.

    ``import_x(sheet, *, actor=None, dry_run=False, all_or_nothing=False,
    progress=None) -> ImportReport``, in one transaction.
    """

    @functools.wraps(function)
    def run(
        sheet: Sheet,
        *,
        actor=None,
        dry_run: bool = False,
        all_or_nothing: bool = False,
        progress: Progress | None = None,
    ) -> ImportReport:
        report = ImportReport(rows=len(sheet.rows), warnings=list(sheet.warnings))
        with transaction.atomic():
            function(sheet, report, actor=actor, progress=progress or _quiet)
            if all_or_nothing and report.rejected:
                report.take_back()
                transaction.set_rollback(True)
            elif dry_run:
                transaction.set_rollback(True)
            else:
                for action in report._when_written:
                    action()
        for action in report._afterwards:
            action()
        return report

    return run


def _quiet(done: int, total: int) -> None:
    """Nobody watches."""


def report_workbook(sheet: Sheet, report: ImportReport) -> bytes:
    """Return the same sheet with a column saying what is wrong with each row."""
    wrong: dict[int, list[str]] = {}
    for entry in report.errors:
        wrong.setdefault(entry["row"], []).append(
            f"{entry['column']}: {entry['message']}"
        )
    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(stream, options) as workbook:
        page = workbook.add_worksheet()
        bad = workbook.add_format({"bg_color": "#FBE3D6", "text_wrap": True})
        last = max((len(cells) for cells in sheet.raw), default=0)
        for number, cells in enumerate(sheet.raw, start=1):
            for place, cell in enumerate(cells):
                # As text: a document number must not come back as 4.4E+17.
                if cell not in ("", None):
                    page.write(number - 1, place, _cell(cell))
            if number == sheet.header_row:
                page.write(number - 1, last, _("What is wrong"))
            elif number in wrong:
                page.write(number - 1, last, "；".join(wrong[number]), bad)
        page.freeze_panes(sheet.header_row, 0)
        page.autofit()
    return stream.getvalue()


def _cell(cell):
    if hasattr(cell, "isoformat"):
        return cell.isoformat()
    return (
        str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    )


@contextmanager
def _opened(report: str | None):
    """Open the report before anything is imported; say it where that fails."""
    if not report:
        yield None
        return
    try:
        # To append: what is there stays until there is something to write.
        with open(report, "ab") as stream:
            yield stream
    except OSError as error:
        message = f"The report cannot be written, nothing was imported: {error}"
        raise CommandError(message) from error


class BaseImportCommand(ContractCommand):
    """``import_x FILE``: JSON on standard output, words on standard error.

    Exit 0 on success, 2 when rows were refused, 1 when the file was.
    """

    columns = ()
    importer = None

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--dry-run", action="store_true", help="Change nothing.")
        parser.add_argument("--json", action="store_true", help="Print JSON only.")
        parser.add_argument(
            "--all-or-nothing",
            action="store_true",
            help="Write nothing when a row is refused.",
        )
        parser.add_argument(
            "--report", metavar="OUT.xlsx", help="The sheet, annotated."
        )

    def handle(self, *, file, dry_run, all_or_nothing, report, **options):
        try:
            sheet = read_sheet(file, self.columns, max_rows=MAX_ROWS)
        except SheetRefused as refusal:
            raise CommandError(f"{refusal} [{refusal.code}]") from refusal
        # One transaction: a report that cannot be written takes the rows back.
        with _opened(report) as stream, transaction.atomic():
            result = self.run_importer(
                sheet, dry_run=dry_run, all_or_nothing=all_or_nothing, **options
            )
            if stream:
                stream.truncate(0)
                stream.write(report_workbook(sheet, result))
                stream.flush()
        if options["json"]:
            self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False))
        else:
            self.say(result)
        if result.rejected:
            raise SystemExit(2)

    def run_importer(self, sheet, *, dry_run, all_or_nothing, **options):
        """Call the importer; a command with options of its own overrides this."""
        return type(self).importer(
            sheet, dry_run=dry_run, all_or_nothing=all_or_nothing
        )

    def say(self, result):
        for kind, entries in (("error", result.errors), ("warning", result.warnings)):
            for entry in entries:
                self.stderr.write(
                    f"{kind}: row {entry['row']}, {entry['column']}: "
                    f"{entry['message']} [{entry['code']}]"
                )
        names = ("rows", "created", "updated", "unchanged", "rejected")
        self.stdout.write(", ".join(f"{n} {getattr(result, n)}" for n in names))


@dataclass(frozen=True)
class ImportKind:
    """An import the back office offers: what it reads, who may, what runs."""

    slug: str
    title: str
    columns: list[Column]
    importer: Callable
    permission: str
    order: int = 100


IMPORTS: dict[str, ImportKind] = {}


def register_import(kind: ImportKind) -> None:
    """Offer an import on the back office's import page (call it in wagtail_hooks)."""
    IMPORTS[kind.slug] = kind


def imports_for(user) -> list[ImportKind]:
    """The imports a user may run, in order."""
    offered = [kind for kind in IMPORTS.values() if user.has_perm(kind.permission)]
    return sorted(offered, key=lambda kind: (kind.order, kind.slug))


def template_workbook(columns: list[Column]) -> bytes:
    """An empty sheet with the canonical columns; required ones are bold, with a *."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        page = workbook.add_worksheet()
        text = workbook.add_format({"num_format": "@"})
        bold = workbook.add_format({"bold": True, "bg_color": "#FBE3D6"})
        # As text throughout: Excel must not turn a document number into 4.4E+17.
        page.set_column(0, len(columns) - 1, 18, text)
        for place, column in enumerate(columns):
            if column.required:
                page.write(0, place, f"{column.name}*", bold)
            else:
                page.write(0, place, column.name)
        page.freeze_panes(1, 0)
    return stream.getvalue()
