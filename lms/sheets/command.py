"""The import commands: JSON on standard output, exit 2 when rows were refused."""

import json
from contextlib import contextmanager

from django.core.management.base import CommandError

from lms.jobs.commands import ContractCommand
from lms.sheets.files import FileRefused
from lms.sheets.report_workbooks import report_workbook
from lms.sheets.workbooks import MAX_ROWS, read_sheet


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


def _write(stream, data):
    stream.truncate(0)
    stream.write(data)
    stream.flush()


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
        parser.add_argument(
            "--sheet", default="", metavar="NAME", help="Which sheet of the workbook."
        )

    def handle(self, *, file, dry_run, all_or_nothing, report, sheet, **options):
        try:
            source = read_sheet(file, self.columns, max_rows=MAX_ROWS, page=sheet)
        except FileRefused as refusal:
            raise CommandError(f"{refusal} [{refusal.code}]") from refusal
        chosen = {"all_or_nothing": all_or_nothing, **options}
        with _opened(report) as stream:
            if stream and not dry_run:
                # A check first: a full disk shows before a row is written.
                checked = self.run_importer(source, dry_run=True, **chosen)
                _write(stream, report_workbook(source, checked))
            result = self.run_importer(source, dry_run=dry_run, **chosen)
            if stream:
                self._keep(stream, source, result)
        if options["json"]:
            self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False))
        else:
            self.say(result)
        if result.rejected:
            raise SystemExit(2)

    def _keep(self, stream, source, result):
        try:
            _write(stream, report_workbook(source, result))
        except OSError as error:
            message = f"The rows were imported, the report was not written: {error}"
            raise CommandError(message) from error

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
