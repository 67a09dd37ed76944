"""What every import has in common: its report, and the list of imports on offer.

An import is an ``ImportKind``: it reads the bytes of a file and checks or writes what
they hold. Each app registers its own in ``wagtail_hooks``. ``SheetImport`` is the kind
whose files are sheets; ``lms.sheets.row_imports`` has what writes their rows.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from lms.sheets.report_workbooks import report_workbook, template_workbook
from lms.sheets.workbooks import MAX_ROWS_ON_PAGE, Column, Sheet, SheetRow, read_sheet
from lms.web.logs import mask_text

Progress = Callable[[int, int], None]
LONGEST_LABEL = 20


@dataclass
class ImportReport:
    """Report of an import (S4.1).

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
    _translated: dict[int, tuple] = field(default_factory=dict, repr=False)

    def afterwards(self, action: Callable[[], object]) -> None:
        """Do something once the import is over, also where nothing was written."""
        self._afterwards.append(action)

    def close(self) -> None:
        """Do what was left for the end."""
        for action in self._afterwards:
            action()

    def accept(self, row: SheetRow) -> bool:
        """Refuse a row where a cell does not fit its column; whether all do."""
        for column, code, message in row.problems:
            self.reject(row.number, column, code, message)
        return not row.problems

    def reject(self, row: int, column: str, code: str, message: str) -> None:
        """Refuse a row. ``code`` is stable; ``message`` says what to mend."""
        self._refused.add(row)
        self.rejected = len(self._refused)
        self.errors.append(self._entry(row, column, code, message))

    def warn(self, row: int, column: str, code: str, message: str) -> None:
        """Accept a row with a warning."""
        self.warnings.append(self._entry(row, column, code, message))

    def _entry(self, row, column, code, message) -> dict:
        """A message that is a lazy one is translated once, however often it comes."""
        if not isinstance(message, str):
            if id(message) not in self._translated:
                # The message itself is kept too: another cannot get its identity.
                self._translated[id(message)] = (message, str(message))
            message = self._translated[id(message)][1]
        return {"row": row, "column": column, "code": code, "message": message}

    def is_refused(self, row: SheetRow) -> bool:
        """Whether something about the row was refused."""
        return row.number in self._refused

    def take_back(self) -> None:
        """Nothing was written after all: refused rows under all-or-nothing."""
        self.created = self.updated = self.unchanged = 0

    def continue_from(self, earlier: dict) -> None:
        """Count as written what an attempt that was cut short had written."""
        self.created += earlier.get("created", 0)
        self.updated += earlier.get("updated", 0)
        written = self.created + self.updated
        self.unchanged = max(0, self.rows - self.rejected - written)

    def as_json(self) -> dict:
        """The report as the JSON object of S4.1."""
        names = [one.name for one in fields(self) if one.repr]
        shown = {name: getattr(self, name) for name in names}
        errors = sorted(self.errors, key=lambda error: error["row"])
        return shown | {"errors": errors}


@dataclass(frozen=True, kw_only=True)
class ImportKind(ABC):
    """An import of the back office: who may run it, what it reads, what it does.

    ``extensions`` are those a file may have; the content decides all the same.
    """

    slug: str
    title: str
    permission: str
    order: int = 100
    extensions: ClassVar[tuple[str, ...]] = ()
    has_template: ClassVar[bool] = False

    @abstractmethod
    def read(self, data: bytes, *, filename: str, part: str = "") -> Any:
        """Return what the file holds; raise ``FileRefused``.

        ``part`` is the choice of a sender whose file held several.
        """

    @abstractmethod
    def run(
        self,
        source: Any,
        *,
        actor,
        dry_run: bool,
        progress: Progress,
        earlier: dict | None = None,
        checkpoint: Callable[[ImportReport], None] | None = None,
    ) -> ImportReport:
        """Check or write what ``read`` returned; safe to repeat.

        ``checkpoint`` is called in each transaction that writes; ``earlier`` has the
        counts it was given by an attempt that was cut short.
        """

    def size(self, source) -> int:
        """How many rows or other pieces there are to do."""
        return 0

    def part(self, source) -> str:
        """The name of the part of the file that is read."""
        return ""

    def named(self, source, entries: list[dict]) -> list[dict]:
        """Errors or warnings with the name of the person or thing each is about."""
        return entries

    def annotated(self, source, report: ImportReport) -> bytes | None:
        """The file with what is wrong with each refused row, as .xlsx, if there is."""
        return None

    def template(self) -> bytes | None:
        """An empty file to fill in, as .xlsx, if there is one."""
        return None


@dataclass(frozen=True, kw_only=True)
class SheetImport(ImportKind):
    """An import of the rows of a sheet, by an ``importer`` of ``row_imports``."""

    columns: list[Column]
    importer: Callable[..., ImportReport]
    extensions = (".xlsx", ".csv")
    has_template = True

    def read(self, data: bytes, *, filename: str, part: str = "") -> Sheet:
        return read_sheet(
            data,
            self.columns,
            max_rows=MAX_ROWS_ON_PAGE,
            filename=filename,
            page=part,
        )

    def run(self, source: Sheet, **options) -> ImportReport:
        return self.importer(source, **options)

    def size(self, source: Sheet) -> int:
        return len(source.rows)

    def part(self, source: Sheet) -> str:
        return source.name

    def named(self, source: Sheet, entries: list[dict]) -> list[dict]:
        labels = {row.number: row.label for row in source.rows}
        return [
            {**entry, "name": mask_text(labels.get(entry["row"], ""))[:LONGEST_LABEL]}
            for entry in entries
        ]

    def annotated(self, source: Sheet, report: ImportReport) -> bytes:
        return report_workbook(source, report)

    def template(self) -> bytes:
        return template_workbook(self.columns)


IMPORTS: dict[str, ImportKind] = {}


def register_import(kind: ImportKind) -> None:
    """Offer an import on the back office's import page (call it in wagtail_hooks)."""
    IMPORTS[kind.slug] = kind


def imports_for(user) -> list[ImportKind]:
    """The imports a user may run, in order."""
    offered = [kind for kind in IMPORTS.values() if user.has_perm(kind.permission)]
    return sorted(offered, key=lambda kind: (kind.order, kind.slug))
