import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from django.conf import settings
from django.core.management.base import CommandError

from lms.jobs.commands import ContractCommand
from lms.jobs.registry import GREETINGS

GRACE = 10.0
FIRST_ANSWER = 60.0
# Listening on every address of the machine; reached on its own.
EVERYWHERE = {"0.0.0.0": "127.0.0.1"}  # noqa: S104 - what a person may ask for


class Command(ContractCommand):
    help = "Run the web server and the job runner in one process group."

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1)
        # Each slow download holds a thread: with too few, the site stops answering.
        parser.add_argument("--threads", type=int, default=32)

    def handle(self, *, host, port, workers, threads, **options):
        _refuse_busy_port(host, port)
        address = f"http://{EVERYWHERE.get(host, host)}:{port}"
        # Under these names, because the application reads them too (lms.web.embedded).
        self.environment = environment_at(address) | {
            "GRANIAN_PORT": str(port),
            "GRANIAN_BLOCKING_THREADS": str(threads),
            # glibc otherwise keeps what is freed: an arena for each thread, and what
            # the hashing of passwords took.
            "MALLOC_ARENA_MAX": "2",
            "MALLOC_MMAP_THRESHOLD_": "262144",
        }
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        granian = [sys.executable, "-m", "granian", "--interface", "wsgi"]
        granian += ["--host", host, "--workers", str(workers), "--log-level", "error"]
        granian += ["--http", "1", "--http1-header-read-timeout", "15000"]
        granian += ["--backlog", "1024", "--no-ws", "lms.web.embedded:application"]
        self.commands = {"web": granian, "runner": [*manage, "run_jobs"]}
        self.children = {}
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _raise_exit)
        try:
            for name in self.commands:
                self.start(name)
            self.announce(address)
            while True:
                time.sleep(1)
                self.check_children()
        finally:
            _stop(self.children.values())

    def start(self, name):
        self.children[name] = subprocess.Popen(  # noqa: S603 - fixed words
            self.commands[name], env=self.environment
        )

    def check_children(self):
        """Start a stopped runner again; end when the web server stopped."""
        if self.children["web"].poll() is not None:
            raise CommandError("The web server stopped.")
        if self.children["runner"].poll() is not None:
            self.stderr.write("The job runner stopped; starting it again.")
            self.start("runner")

    def announce(self, address):
        """Say where the site is once it answers, and who may sign in to the demo."""
        end = time.monotonic() + FIRST_ANSWER
        while not _answers(f"{address}/healthz"):
            if time.monotonic() > end:
                raise CommandError(f"The web server does not answer on {address}.")
            time.sleep(0.2)
            self.check_children()
        self.stdout.write(f"\nReady: {address}\n")
        for greet in GREETINGS:
            self.stdout.write(greet(address))
        self.stdout.flush()


def environment_at(address):
    """Return the environment of the children; QR codes lead to this address."""
    return (
        {"BASE_URL": address}
        | os.environ
        | {
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
        }
    )


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own http address
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _raise_exit(*_):
    raise SystemExit(0)


def _refuse_busy_port(host, port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} is taken. Stop the other program, "
                f"or choose another port: make run PORT=8001."
            ) from error


def _stop(children):
    for child in children:
        child.terminate()
    end = time.monotonic() + GRACE
    for child in children:
        try:
            child.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
