import json
import sys

from django.core.management.base import CommandError

from certificates.register.checker import check_register
from lms.jobs.commands import ContractCommand


class Command(ContractCommand):
    help = "Recompute the certificate register and say whether it is whole."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="Print JSON only.")
        parser.add_argument(
            "--heads",
            metavar="FILE",
            help="Heads somebody saved from /register/ (its JSON), held against it.",
        )

    def handle(self, *, heads, **options):
        report = check_register(_saved(heads) if heads else None)
        if options["json"]:
            self.stdout.write(json.dumps(report))
        elif report["ok"]:
            self.stdout.write(f"{report['entries']} entries, head {report['head']}: ok")
        else:
            self.stderr.write(f"The register is broken at entry {report['first_bad']}.")
        if not report["ok"]:
            sys.exit(1)


def _saved(path):
    """Return number of entries and head hash of every day in a saved file."""
    try:
        with open(path, encoding="utf-8") as file:
            rows = json.load(file)["heads"]
        return {int(row["entries"]): row["hash"] for row in rows if row["entries"]}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CommandError(f"{path} holds no saved heads of /register/.") from error
