from django.core.management.base import BaseCommand


class ContractCommand(BaseCommand):
    """A command of S4.1: exit 0 on success, 2 for refused rows, 1 on failure.

    argparse leaves a wrong usage with 2, which here would mean refused rows.
    """

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        leave = parser.exit
        parser.exit = lambda status=0, message=None: leave(min(status, 1), message)
        return parser
