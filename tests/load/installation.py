"""The installation that is put under load: made for one run, and removed after it.

The production set-up runs the commands of ``deploy/*.service`` on PostgreSQL and
Redis, the embedded default runs ``manage.py serve`` on SQLite. Nothing here is read
from an installation that is in use: the database is called ``load_…``, the Redis
databases must be empty or carry our mark, secrets are made for the run.
"""

import base64
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.load.browser import EntryPoint
from tests.load.usage import family_of

ROOT = Path(__file__).resolve().parents[2]
HOST = "load.example.org"
POSTGRES = os.environ.get("LOAD_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/lms")
# Two databases of Redis, this one and the next.
REDIS = os.environ.get("LOAD_REDIS_URL", "redis://127.0.0.1:6379/14")
MARK = "lms-load"
FIRST_ANSWER_S = 90
GRACE_S = 15
# What the caller's environment may say of another installation.
OF_ANOTHER = (
    "CELERY_BROKER_URL",
    "DATABASE_URL",
    "MEDIA_ACCEL_PREFIX",
    "PII_INDEX_KEY",
    "PII_KEY",
    "REDIS_URL",
    "SECRET_KEY",
    "SIGNING_KEYS_DIR",
)
# What one installation leaves to the next: collected static files take a while.
KEPT = {"static"}


class Installation:
    """Where the product runs, with which settings, and as which processes."""

    def __init__(self, *, production: bool, workers: int, port: int, jobs=True):
        self.production = production
        self.jobs = jobs
        self.workers = workers
        self.port = port
        name = "production" if production else "embedded"
        self.folder = ROOT / "var" / "load" / name
        self.processes: dict[str, subprocess.Popen] = {}
        self.logs = []

    @property
    def address(self) -> str:
        """The address that browsers see."""
        if self.production:
            return f"https://{HOST}"
        return f"http://127.0.0.1:{self.port}"

    def entry_point(self, *, addresses: int) -> EntryPoint:
        """Return how browsers of so many addresses reach it."""
        return EntryPoint(
            self.address, self.port, proxied=self.production, addresses=addresses
        )

    def make(self) -> None:
        """Empty folder and databases, set the environment, run ``prepare``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.iterdir():
            if path.name not in KEPT:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name in OF_ANOTHER:
            os.environ.pop(name, None)
        os.environ.update(self._environment())
        if self.production:
            _replace_database(create=True)
            _empty_redis()
        self._manage("prepare")

    def start(self) -> None:
        """Start the processes and wait until the web server answers."""
        for role, (command, environment) in self._commands().items():
            log = open(self.folder / f"{role}.log", "w")  # noqa: SIM115 - closed in stop
            self.logs.append(log)
            self.processes[role] = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | environment
            )
        end = time.monotonic() + FIRST_ANSWER_S
        while not self._answers():
            if time.monotonic() > end or self.processes["web"].poll() is not None:
                raise RuntimeError(f"No answer; see {self.folder / 'web.log'}.")
            time.sleep(0.2)

    def stop(self) -> None:
        """End the processes."""
        # A server that has to be killed would leave its workers behind.
        started = [p for one in self.processes.values() for p in family_of(one.pid)]
        for process in self.processes.values():
            process.terminate()
        end = time.monotonic() + GRACE_S
        for process in self.processes.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                for pid in started:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()
        for log in self.logs:
            log.close()
        self.logs.clear()

    def remove(self) -> None:
        """Remove the databases; the folder stays, with the logs."""
        if self.production:
            _replace_database(create=False)
            _empty_redis()

    def faults_logged(self) -> int:
        """Return how many tracebacks the processes have written."""
        return sum(
            path.read_text(errors="replace").count("Traceback (most recent call last)")
            for path in self.folder.glob("*.log")
        )

    def _environment(self) -> dict[str, str]:
        common = {"DATA_DIR": str(self.folder), "STAFF_MFA_REQUIRED": "no"}
        if not self.production:
            return common | {
                "DJANGO_SETTINGS_MODULE": "lms.settings.dev",
                "DEMO": "no",
                "BASE_URL": self.address,
            }
        return common | {
            "DJANGO_SETTINGS_MODULE": "lms.settings.production",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "PII_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "PII_INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "SIGNING_KEYS_DIR": str(self.folder / "keys"),
            "BASE_URL": self.address,
            "ALLOWED_HOSTS": HOST,
            "DATABASE_URL": _database_url(),
            "REDIS_URL": REDIS,
            "CELERY_BROKER_URL": _broker_url(),
        }

    def _commands(self) -> dict[str, tuple[list[str], dict[str, str]]]:
        """Return what runs in each role, and the environment it has beside ours."""
        if not self.production:
            serve = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
            return {"web": (serve, {})}
        roles = {"web": "lms-web"}
        if self.jobs:
            roles |= {"jobs": "lms-worker", "clock": "lms-beat"}
        commands = {role: _unit(unit) for role, unit in roles.items()}
        ours = {
            "--port": self.port,
            "--workers": self.workers,
            "--schedule": self.folder / "beat",
        }
        for command, _environment in commands.values():
            for place, word in enumerate(command[:-1]):
                if word in ours:
                    command[place + 1] = str(ours[word])
        return commands

    def _manage(self, *words):
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True)

    def _answers(self):
        try:
            url = f"http://127.0.0.1:{self.port}/healthz"
            with urllib.request.urlopen(url, timeout=2) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False


def _unit(unit: str) -> tuple[list[str], dict[str, str]]:
    """Return the command of a unit of ``deploy/``, run from here, and its variables."""
    lines = (ROOT / "deploy" / f"{unit}.service").read_text().splitlines()
    told = [line.partition("=")[::2] for line in lines if "=" in line]
    program, *words = shlex.split(dict(told)["ExecStart"])
    command = [str(Path(sys.executable).parent / Path(program).name), *words]
    return command, dict(
        text.split("=", 1) for name, text in told if name == "Environment"
    )


def _database_url() -> str:
    """Return the address of our own database on the server that was named."""
    address = urlsplit(POSTGRES)
    return address._replace(path=f"/load_{address.path.strip('/')}").geturl()


def _broker_url() -> str:
    address = urlsplit(REDIS)
    number = int(address.path.strip("/") or 0) + 1
    return address._replace(path=f"/{number}").geturl()


def _replace_database(*, create: bool) -> None:
    import psycopg
    from psycopg import sql

    address = urlsplit(_database_url())
    name = sql.Identifier(address.path.strip("/"))
    server = address._replace(scheme="postgresql", path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(name))
        if create:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))


def _empty_redis() -> None:
    """Empty our two databases; refuse those that somebody else has filled."""
    import redis

    for url in (REDIS, _broker_url()):
        with redis.Redis.from_url(url) as server:
            if server.dbsize() and not server.exists(MARK):
                raise RuntimeError(f"{url} is in use: name another, LOAD_REDIS_URL.")
            server.flushdb()
            server.set(MARK, 1)
