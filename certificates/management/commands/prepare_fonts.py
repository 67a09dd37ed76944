from django.core.management.base import BaseCommand

from certificates.pdf import fonts


class Command(BaseCommand):
    help = "Make and store the whole fonts of the proofs (about 20 s each, once)."

    def handle(self, *, verbosity, **options):
        for weight in fonts.WEIGHTS:
            fonts.prepare(weight)
            if verbosity:
                self.stdout.write(f"Noto Sans SC {weight}")
