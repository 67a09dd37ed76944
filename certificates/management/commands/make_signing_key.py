from django.core.management.base import BaseCommand, CommandError

from certificates.register import signing
from lms.evidence import clock


class Command(BaseCommand):
    help = "Make the key that signs certificates; an older key still verifies."

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-missing",
            action="store_true",
            help="Do nothing where a key signs already.",
        )
        parser.add_argument(
            "--revoke",
            type=int,
            metavar="KID",
            help="Instead, take the trust from a key.",
        )

    def handle(self, *, if_missing, revoke, verbosity, **options):
        keys = signing.public_keys()
        if revoke is not None:
            if revoke not in keys:
                raise CommandError(f"There is no key {revoke}.")
            signing.revoke_key(revoke, today=clock.today())
            self.stdout.write(f"Key {revoke} is revoked. Make a new one to sign.")
            return
        live = [key for key in keys.values() if not (key.signs_to or key.revoked_on)]
        if if_missing and live:
            return
        key = signing.make_key(today=clock.today())
        if verbosity:
            self.stdout.write(f"Key {key.kid} signs from {key.signs_from}.")
