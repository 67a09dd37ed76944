import json

from lms.jobs.commands import ContractCommand
from lms.jobs.runner import run_due, sweep


class Command(ContractCommand):
    help = "Do all work that is due. Idempotent; run it every minute."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="Print JSON only.")

    def handle(self, **options):
        counts = sweep() | {"jobs": run_due()}
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write("\n".join(f"{name}: {n}" for name, n in counts.items()))
