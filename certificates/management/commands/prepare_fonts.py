from django.core.management.base import BaseCommand

from certificates.pdf import fonts


class Command(BaseCommand):
    help = "Make the whole static fonts of the proofs (about 20 s each, once)."

    def handle(self, *, verbosity, **options):
        for weight in fonts.WEIGHTS:
            path = fonts.prepare(weight)
            if verbosity:
                self.stdout.write(str(path))
