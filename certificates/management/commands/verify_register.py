import json
import sys

from django.core.management.base import BaseCommand

from certificates.checker import check_register


class Command(BaseCommand):
    help = "Recompute the certificate register and say whether it is whole."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="Print JSON only.")
        parser.add_argument(
            "--heads",
            metavar="FILE",
            help="Heads somebody saved from /register/ (its JSON), held against it.",
        )

    def handle(self, *, heads, **options):
        published = {}
        if heads:
            with open(heads, encoding="utf-8") as file:
                rows = json.load(file)["heads"]
            published = {row["entries"]: row["hash"] for row in rows if row["entries"]}
        report = check_register(published)
        if options["json"]:
            self.stdout.write(json.dumps(report))
        elif report["ok"]:
            self.stdout.write(f"{report['entries']} entries, head {report['head']}: ok")
        else:
            self.stderr.write(f"The register is broken at entry {report['first_bad']}.")
        if not report["ok"]:
            sys.exit(1)
