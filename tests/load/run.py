"""One run: make the installation, load it by a profile, compare, report."""

import asyncio
import gc
import importlib
import os
import resource
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import django

from tests.load.installation import REDIS, Installation
from tests.load.pace import Step
from tests.load.usage import Meter, command_of, cpu_of, family_of, memory_of

SAMPLE_S = 5
WARM_UP = 20
MEMORY_MB = 200
MOST_FILES = 60_000
LOCAL = {"127.0.0.1", "localhost", "::1"}


@dataclass
class Outcome:
    """What a profile has measured, and what it found wrong."""

    steps: list[Step]
    acknowledged: int = 0
    lost: list = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    phases: list = field(default_factory=list)
    totals: dict[str, float] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)
    tracebacks: int = 0

    @property
    def broken(self) -> int:
        """How many answers were a 5xx, or none at all."""
        return sum(step.broken for step in self.steps)


class Scene:
    """What a profile has to work with while the installation runs."""

    def __init__(self, installation: Installation, options):
        self.installation = installation
        self.options = options
        # All work on the database from here: one thread, one connection.
        self.thread = ThreadPoolExecutor(max_workers=1)
        self.meter: Meter | None = None

    async def database(self, function, *args, **kwargs):
        """Call something that asks the database, while the others go on."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self.thread, lambda: function(*args, **kwargs)
        )

    async def phase(self, name: str) -> None:
        """End a phase of the run: what was used until now belongs to it."""
        await self.database(self.meter.mark, name)

    async def keep_sampling(self) -> None:
        """Read the meter now and then: a process that ends takes its sum along."""
        while True:
            await asyncio.sleep(SAMPLE_S)
            await self.database(self.meter.sample)


def run(name: str, options) -> Outcome:
    """Run a profile: a module with ``prepare(scene)`` and ``play(scene, prepared)``."""
    _allow_many_files()
    installation = Installation(
        production=options.engine == "postgresql",
        workers=options.workers,
        port=options.port,
        jobs=not options.fresh_papers,
    )
    installation.make()
    django.setup()
    # After the settings are there: a profile uses the models.
    profile = importlib.import_module(f"tests.load.{name}")
    scene = Scene(installation, options)
    try:
        prepared = scene.thread.submit(profile.prepare, scene).result()
        installation.start()
        outcome = asyncio.run(_play(profile, scene, prepared))
        outcome.memory = [memory_of(pid) for pid in _workers(installation)]
        outcome.tracebacks = installation.faults_logged()
        return outcome
    finally:
        installation.stop()
        scene.thread.submit(_close_connections).result()
        scene.thread.shutdown()
        if not options.keep:
            installation.remove()


async def _play(profile, scene, prepared) -> Outcome:
    await _warm_up(scene)
    # A full collection would stop everything for a while.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    scene.meter = await scene.database(Meter, _parts(scene.installation))
    await scene.phase("begin")
    sampling = asyncio.create_task(scene.keep_sampling())
    outcome = await profile.play(scene, prepared)
    sampling.cancel()
    outcome.phases = scene.meter.phases()
    outcome.totals = scene.meter.totals()
    return outcome


async def _warm_up(scene) -> None:
    """Ask for some pages first: an exam morning does not begin with the server."""
    installation = scene.installation
    count = WARM_UP * scene.options.workers
    entry = installation.entry_point(addresses=count)
    visits = [
        browser.get(page)
        for browser in map(entry.browser, range(count))
        for page in ("/", "/accounts/login/")
    ]
    await asyncio.gather(*visits)


def _parts(installation):
    """Return the parts whose CPU is told apart, and how to find their processes."""
    web = installation.processes["web"].pid
    if not installation.production:
        return {
            "web": lambda: [p for p in family_of(web) if not _is_runner(p)],
            "jobs": lambda: [p for p in family_of(web) if _is_runner(p)],
            "generator": lambda: [os.getpid()],
        }
    roles = installation.processes.items()
    jobs = [process.pid for role, process in roles if role != "web"]
    parts = {
        "web": lambda: family_of(web),
        "jobs": lambda: [pid for job in jobs for pid in family_of(job)],
        "generator": lambda: [os.getpid()],
    }
    if urlsplit(os.environ["DATABASE_URL"]).hostname in LOCAL:
        parts["database"] = lambda: _backends("datname = current_database()")
        # Of the whole server: they write for its other databases too.
        parts["its writers"] = lambda: _backends(
            "backend_type IN ('walwriter', 'checkpointer', 'background writer')"
        )
    if urlsplit(REDIS).hostname in LOCAL:
        parts["redis"] = _redis_processes
    return parts


def _is_runner(pid):
    return "run_jobs" in command_of(pid)


def _backends(condition):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity "
            f"WHERE pid <> pg_backend_pid() AND {condition}"
        )
        return [pid for (pid,) in cursor.fetchall()]


def _redis_processes():
    import redis

    with redis.Redis.from_url(REDIS) as server:
        return [server.info("server")["process_id"]]


def _workers(installation) -> list[int]:
    """Return the processes that answer requests: those of granian that do most."""
    family = family_of(installation.processes["web"].pid)
    children = [
        pid for pid in family if "spawn_main" in command_of(pid) and not _is_runner(pid)
    ]
    count = installation.workers if installation.production else 1
    return sorted(children or family, key=cpu_of, reverse=True)[:count]


def _allow_many_files():
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _close_connections():
    from django.db import connections

    connections.close_all()
    for connection in connections.all(initialized_only=True):
        if hasattr(connection, "close_pool"):
            connection.close_pool()
