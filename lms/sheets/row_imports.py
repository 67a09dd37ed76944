"""Checking and writing the rows of a sheet, in slices of one transaction each.

A check only reads. On SQLite a transaction that writes blocks every other writer, an
answer of a candidate among them; so an import commits after each slice, and waits
between two slices.
"""

import functools
import time
from collections.abc import Callable, Hashable, Iterator

from django.db import connection, transaction

from lms.sheets.imports import ImportReport, Progress
from lms.sheets.workbooks import Sheet, SheetRow

# Rows of a slice: on SQLite few, since nobody else writes meanwhile.
SLICE = {"sqlite": 500, "postgresql": 2000}
# The longest SQLite sleeps between two tries at the lock is 0.1 s.
PAUSE = 0.15


class RowImport:
    """One import: what the rows say, and what they change on record.

    ``read`` judges a row by itself. ``plan`` judges the rows of a slice beside what is
    on record and counts them in the report. ``write`` makes it so. Only ``write``
    changes anything, and only ``plan`` with ``lock`` locks.
    """

    def __init__(self, sheet: Sheet, report: ImportReport, *, actor=None):
        self.sheet, self.report, self.actor = sheet, report, actor

    def key(self, row: SheetRow) -> Hashable:
        """Rows of one key depend on each other and come in one slice."""
        return row.number

    def read(self, row: SheetRow):
        """Return what a row says, or None where it was refused."""
        raise NotImplementedError

    def plan(self, rows: list, *, lock: bool):
        """Return what is to be written for what ``read`` returned of a slice."""
        raise NotImplementedError

    def write(self, plan) -> None:
        """Write what ``plan`` returned."""
        raise NotImplementedError

    def written(self) -> None:
        """Do what follows rows that were written, once for the whole import."""

    def finish(self) -> None:
        """Do what comes after the last slice, also where nothing was written."""


def importer(kind: type[RowImport]):
    """Return the function ``import_x(sheet, *, actor=None, …) -> ImportReport``.

    Good rows are written unless ``all_or_nothing``. A dry run says what would be
    written; it takes no lock. ``earlier`` and ``checkpoint``: see ``ImportKind.run``.
    """

    @functools.wraps(kind, updated=())
    def run(
        sheet: Sheet,
        *,
        actor=None,
        dry_run: bool = False,
        all_or_nothing: bool = False,
        progress: Progress | None = None,
        earlier: dict | None = None,
        checkpoint: Callable[[ImportReport], None] | None = None,
    ) -> ImportReport:
        progress, checkpoint = progress or _ignore, checkpoint or _ignore

        def begin():
            report = ImportReport(rows=len(sheet.rows), warnings=list(sheet.warnings))
            return kind(sheet, report, actor=actor)

        one = begin()
        if dry_run or all_or_nothing:
            _check(one, progress)
        if all_or_nothing and not dry_run and not one.report.rejected:
            one = begin()
            _write_at_once(one, checkpoint)
        elif not dry_run and not all_or_nothing:
            _write_in_slices(one, progress, checkpoint)
        if all_or_nothing and one.report.rejected:
            one.report.take_back()
        if earlier:
            one.report.continue_from(earlier)
        if not dry_run and (one.report.created or one.report.updated):
            one.written()
        one.finish()
        one.report.close()
        return one.report

    return run


def _check(one: RowImport, progress: Progress) -> None:
    for done, rows in _slices(one):
        one.plan(_read(one, rows), lock=False)
        progress(done, len(one.sheet.rows))


def _write_in_slices(one: RowImport, progress: Progress, checkpoint) -> None:
    total = len(one.sheet.rows)
    for done, rows in _slices(one):
        said = _read(one, rows)
        with transaction.atomic():
            one.write(one.plan(said, lock=True))
            checkpoint(one.report)
        progress(done, total)
        if done < total and connection.vendor == "sqlite":
            time.sleep(PAUSE)


def _write_at_once(one: RowImport, checkpoint) -> None:
    said = [_read(one, rows) for _done, rows in _slices(one)]
    with transaction.atomic():
        for rows in said:
            one.write(one.plan(rows, lock=True))
        checkpoint(one.report)
        if one.report.rejected:  # by what changed since the check
            transaction.set_rollback(True)


def _read(one: RowImport, rows: list[SheetRow]) -> list:
    return [said for row in rows if (said := one.read(row)) is not None]


def _slices(one: RowImport) -> Iterator[tuple[int, list[SheetRow]]]:
    """Yield slices of rows, rows of one key together, and how many are done then."""
    groups: dict[Hashable, list[SheetRow]] = {}
    for row in one.sheet.rows:
        groups.setdefault(one.key(row), []).append(row)
    done, piece, most = 0, [], SLICE[connection.vendor]
    for group in groups.values():
        if piece and len(piece) + len(group) > most:
            done += len(piece)
            yield done, piece
            piece = []
        piece.extend(group)
    if piece:
        yield done + len(piece), piece


def _ignore(*args) -> None:
    """Do nothing; the default of ``checkpoint``."""
