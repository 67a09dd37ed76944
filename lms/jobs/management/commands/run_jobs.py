import logging
import signal
import time
from threading import Event

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from lms.jobs.runner import run_due, sweep

logger = logging.getLogger(__name__)

PAUSE = 1.0
SWEEP_EVERY = 60.0


class Command(BaseCommand):
    help = "Run due jobs and sweep every minute, until told to stop (see serve)."

    def handle(self, **options):
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        next_sweep = time.monotonic()
        while not stop.is_set():
            try:
                close_old_connections()
                if time.monotonic() >= next_sweep:
                    sweep()
                    next_sweep = time.monotonic() + SWEEP_EVERY
                run_due(limit=1)
            except Exception:
                # A database that is away for a moment must not end the runner.
                logger.exception("runner: will try again")
            stop.wait(PAUSE)
