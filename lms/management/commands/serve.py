import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lms.demo.accounts import demo_accounts

GRACE = 10.0


class Command(BaseCommand):
    help = "Run the web server and the job runner in one process group."

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1)
        # Slow downloads hold a thread each: fewer threads than viewers is a hang.
        parser.add_argument("--threads", type=int, default=32)

    def handle(self, *, host, port, workers, threads, **options):
        _refuse_busy_port(host, port)
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        granian = [sys.executable, "-m", "granian", "--interface", "wsgi"]
        granian += ["--host", host, "--port", str(port), "--workers", str(workers)]
        granian += ["--blocking-threads", str(threads), "--log-level", "error"]
        # Memory of long uploads and slow readers is bounded by these.
        granian += ["--backlog", "1024", "--no-ws", "lms.wsgi:application"]
        commands = {"web": granian, "runner": [*manage, "run_jobs"]}
        children = {
            name: subprocess.Popen(command, env=environment)  # noqa: S603 - fixed words
            for name, command in commands.items()
        }
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _raise_exit)
        try:
            self.announce(f"http://{host}:{port}", children["web"])
            while True:
                time.sleep(1)
                if children["web"].poll() is not None:
                    raise CommandError("The web server stopped.")
                if children["runner"].poll() is not None:
                    self.stderr.write("The job runner stopped; starting it again.")
                    children["runner"] = subprocess.Popen(  # noqa: S603 - fixed words
                        commands["runner"], env=environment
                    )
        finally:
            _stop(children.values())

    def announce(self, address, web):
        """Say where the site is once it answers, and who may sign in to the demo."""
        while web.poll() is None and not _answers(f"{address}/healthz"):
            time.sleep(0.2)
        self.stdout.write(f"\nReady: {address}\n")
        if settings.DEMO:
            self.stdout.write(demo_accounts(address))
        self.stdout.flush()


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
