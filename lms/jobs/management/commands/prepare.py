import time
from contextlib import contextmanager
from pathlib import Path

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.translation.reloader import translation_file_changed

from lms.jobs.registry import PREPARATIONS
from lms.web.static_files import collect_static_files


class Command(BaseCommand):
    help = "Make an installation ready: catalogues, static files, database, front page."

    def add_arguments(self, parser):
        parser.add_argument(
            "--demo", action="store_true", help="Load the demo content too."
        )
        parser.add_argument(
            "--translations-only",
            action="store_true",
            help="Stop after the catalogues.",
        )

    def handle(self, *, demo, translations_only, **options):
        with self.step("Compiling translations"):
            for path in compile_catalogues():
                # What was read before is read again: the demo is frozen in Chinese.
                translation_file_changed(None, Path(path))
        if translations_only:
            return
        with self.step("Collecting static files (under a minute the first time)"):
            collect_static_files()
        with self.step("Preparing the database (under a minute the first time)"):
            call_command("migrate", verbosity=0)
        for _order, words, prepare in sorted(PREPARATIONS, key=lambda step: step[0]):
            with self.step(words):
                prepare()
        if demo:
            self.stderr.write("Loading the demo city …")
            call_command("seed_demo", verbosity=0)

    @contextmanager
    def step(self, words):
        self.stderr.write(f"{words} …", ending="")
        self.stderr.flush()
        start = time.monotonic()
        yield
        self.stderr.write(f" {time.monotonic() - start:.1f} s")


def compile_catalogues() -> list[str]:
    """Compile every catalogue that is newer than its result; return their paths.

    Done with polib, because gettext's own tools are not on every machine.
    """
    compiled = []
    for folder in settings.LOCALE_PATHS:
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
                polib.pofile(str(source)).save_as_mofile(str(target))
                compiled.append(str(target))
    return compiled
