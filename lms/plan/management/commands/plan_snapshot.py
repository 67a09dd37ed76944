import json

from django.core.management.base import CommandError

from lms.jobs.commands import ContractCommand
from lms.plan.reports.arguments import BadArgument, day_from, plan_from
from lms.plan.services.snapshots import NotOverYet, take_snapshot


class Command(ContractCommand):
    help = "Freeze the figures of a plan as of a day, with their fingerprint."

    def add_arguments(self, parser):
        parser.add_argument("--plan", required=True, help="Code, such as 13FYP.")
        parser.add_argument("--as-of", required=True, help="Day, such as 2017-12-31.")
        parser.add_argument(
            "--json", action="store_true", help="The default; for symmetry."
        )

    def handle(self, *, plan, as_of, **options):
        try:
            snapshot = take_snapshot(plan_from(plan), day=day_from(as_of))
        except BadArgument as refusal:
            raise CommandError(str(refusal)) from refusal
        except NotOverYet as refusal:
            raise CommandError("This day has not come yet.") from refusal
        self.stdout.write(json.dumps({"snapshot": snapshot.pk, "hash": snapshot.hash}))
