import json
import random
import time

from lms.demo.campaigns import seed_campaigns
from lms.demo.certificates import seed_certificates
from lms.demo.courses import seed_courses, seed_training
from lms.demo.exams import seed_exams
from lms.demo.people import seed_people
from lms.demo.plan import seed_plan
from lms.jobs.commands import ContractCommand

SEED = 20161101


class Command(ContractCommand):
    help = "Load the demo city. Repeatable: what is there already is left alone."

    def add_arguments(self, parser):
        parser.add_argument("--people", type=int, default=1500)
        parser.add_argument("--json", action="store_true", help="Print JSON only.")

    def handle(self, *, people, verbosity, **options):
        steps = {
            "plan": lambda rng: seed_plan(rng),
            "people": lambda rng: seed_people(people=people, rng=rng),
            "courses": lambda rng: seed_courses(rng),
            "training": lambda rng: seed_training(rng, people=people),
            "exams": lambda rng: seed_exams(rng),
            "certificates": lambda rng: seed_certificates(rng, people=people),
            "pages": lambda rng: seed_campaigns(rng),
        }
        created = {}
        for name, step in steps.items():
            start = time.monotonic()
            # Each step draws from its own sequence: one more draw in one of them
            # must not change what the others invent.
            created[name] = step(random.Random(f"{SEED}-{name}"))  # noqa: S311 - not a secret
            self.stderr.write(f"  {name}: {time.monotonic() - start:.1f} s")
        if options["json"]:
            self.stdout.write(json.dumps(created, ensure_ascii=False))
        elif verbosity:
            for name, counts in created.items():
                self.stdout.write(f"{name}: {counts}")
