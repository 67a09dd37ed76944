import json
from pathlib import Path

from django.core.management.base import CommandError

from lms.jobs.commands import ContractCommand
from lms.plan.indicators import Dimension
from lms.plan.reports.arguments import BadArgument, day_from, moment_from, plan_from
from lms.plan.reports.pdf import write_pdf
from lms.plan.reports.report import build_report
from lms.plan.reports.workbook import write_xlsx


class Command(ContractCommand):
    help = "Print the figures of a plan as of a day as one JSON object."

    def add_arguments(self, parser):
        parser.add_argument("--plan", required=True, help="Code, such as 13FYP.")
        parser.add_argument("--as-of", required=True, help="Day, such as 2017-12-31.")
        parser.add_argument(
            "--recorded-by",
            help="Leave out what was recorded after this moment (the second clock).",
        )
        parser.add_argument("--by", choices=Dimension.values)
        parser.add_argument("--xlsx", type=Path, metavar="FILE")
        parser.add_argument("--pdf", type=Path, metavar="FILE")
        parser.add_argument(
            "--json", action="store_true", help="The default; for symmetry."
        )

    def handle(self, *, plan, as_of, recorded_by, by, xlsx, pdf, **options):
        try:
            report = build_report(
                plan_from(plan),
                day=day_from(as_of),
                recorded_by=moment_from(recorded_by) if recorded_by else None,
                by=Dimension(by) if by else None,
            )
        except BadArgument as refusal:
            raise CommandError(str(refusal)) from refusal
        if xlsx:
            self._write(xlsx, write_xlsx(report))
        if pdf:
            self._write(pdf, write_pdf(report))
        self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2))

    def _write(self, path, data):
        try:
            path.write_bytes(data)
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"{path}")
