import json

from django.core.management.base import BaseCommand, CommandError

from certificates.services import issue_for
from courses.models import Enrolment, Programme, TrainingClass


class Command(BaseCommand):
    help = "Issue every proof a class or programme has earned. Repeatable."

    def add_arguments(self, parser):
        scope = parser.add_mutually_exclusive_group(required=True)
        scope.add_argument("--class", dest="number", metavar="NUMBER")
        scope.add_argument("--programme", metavar="CODE")
        parser.add_argument("--json", action="store_true", help="Print JSON only.")

    def handle(self, *, number, programme, **options):
        rows = Enrolment.objects.select_related("training_class").order_by("pk")
        if number:
            if not TrainingClass.objects.filter(number=number).exists():
                raise CommandError(f"There is no class {number}.")
            rows = rows.filter(training_class__number=number)
        else:
            if not Programme.objects.filter(code=programme).exists():
                raise CommandError(f"There is no programme {programme}.")
            rows = rows.filter(training_class__programme__code=programme)
        report = issue_for(rows).as_json()
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        for refusal in report["refused"]:
            self.stderr.write(f"{refusal['enrolment']}: {refusal['message']}")
        counts = ("eligible", "issued", "already")
        self.stdout.write(", ".join(f"{name} {report[name]}" for name in counts))
