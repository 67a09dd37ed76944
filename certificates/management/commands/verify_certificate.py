import json

from certificates.verification.answers import check_token
from lms.jobs.commands import ContractCommand

SHOWN = (
    "result",
    "status",
    "serial",
    "kind",
    "holder_masked",
    "issued_on",
    "valid_to",
)


class Command(ContractCommand):
    help = "Say what a scanned token is worth today."

    def add_arguments(self, parser):
        parser.add_argument("token", help="The token, or the address it stands in.")
        parser.add_argument("--json", action="store_true", help="Print JSON only.")

    def handle(self, *, token, **options):
        answer = check_token(token.rsplit("/", 1)[-1]).as_json()
        answer = {name: answer.get(name) for name in SHOWN}
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            for name, value in answer.items():
                self.stdout.write(f"{name}: {value}")
