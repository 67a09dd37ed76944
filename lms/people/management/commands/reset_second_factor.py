from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from lms.evidence.audit import record
from lms.people.accounts.sign_in import user_for_login


class Command(BaseCommand):
    help = (
        "Take away the second factor of an account whose phone and recovery codes are "
        "lost. The next sign-in sets up a new one."
    )

    def add_arguments(self, parser):
        parser.add_argument("login", help="User name or phone number.")
        parser.add_argument("--reason", required=True, help="For the audit log.")

    @transaction.atomic
    def handle(self, *, login, reason, **options):
        user = user_for_login(login)
        if user is None:
            raise CommandError("There is no such account.")
        found, _by_kind = Authenticator.objects.filter(user=user).delete()
        if not found:
            raise CommandError("This account has no second factor.")
        record("account.reset_second_factor", subject=user, reason=reason)
        self.stdout.write("Done. The next sign-in asks for a new second factor.")
