import json

from django.core.management.base import CommandError
from django.db import transaction

from certificates.services import issue_for
from courses.models import Enrolment, Programme, TrainingClass
from lms.jobs.commands import ContractCommand


class Command(ContractCommand):
    help = "Issue every proof a class or programme has earned. Repeatable."

    def add_arguments(self, parser):
        scope = parser.add_mutually_exclusive_group(required=True)
        scope.add_argument("--class", dest="number", metavar="NUMBER")
        scope.add_argument("--programme", metavar="CODE")
        parser.add_argument("--dry-run", action="store_true", help="Change nothing.")
        parser.add_argument("--json", action="store_true", help="Print JSON only.")

    def handle(self, *, number, programme, dry_run, **options):
        rows = Enrolment.objects.select_related("training_class").order_by("pk")
        if number:
            if not TrainingClass.objects.filter(number=number).exists():
                raise CommandError(f"There is no class {number}.")
            rows = rows.filter(training_class__number=number)
        else:
            if not Programme.objects.filter(code=programme).exists():
                raise CommandError(f"There is no programme {programme}.")
            rows = rows.filter(training_class__programme__code=programme)
        report = self._tried(rows) if dry_run else issue_for(rows)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._say(report)
        if report.refused:
            raise SystemExit(2)

    @transaction.atomic
    def _tried(self, rows):
        """Issue everything, and take it back: the report says what would happen."""
        report = issue_for(rows)
        transaction.set_rollback(True)
        return report

    def _say(self, report):
        for refusal in report.refused:
            self.stderr.write(f"{refusal['enrolment']}: {refusal['message']}")
        counts = ("eligible", "issued", "already")
        self.stdout.write(", ".join(f"{n} {getattr(report, n)}" for n in counts))
