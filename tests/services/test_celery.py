import datetime as dt
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection

from lms import celery_app
from lms.evidence import clock
from lms.jobs.models import Job, JobState
from lms.jobs.services import enqueue
from lms.jobs.tasks import sweep_task
from tests.services import worker as _handlers  # noqa: F401 - registers them here too

pytestmark = [
    pytest.mark.services,
    # Not the rollback kind: the worker is another process.
    pytest.mark.django_db(transaction=True),
]


def environment(**more):
    """What another process needs to look at the test database."""
    values = connection.settings_dict
    address = (
        f"postgres://{values['USER']}:{values['PASSWORD']}"
        f"@{values['HOST']}:{values['PORT']}/{values['NAME']}"
    )
    known = {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "lms.settings.test"}
    return os.environ | known | more


@contextmanager
def celery_worker(log=None):
    """A real worker on the real broker, looking at the test database."""
    command = [sys.executable, "-m", "celery", "-A", "lms", "worker"]
    command += ["--pool", "prefork", "--concurrency", "1", "--loglevel", "ERROR"]
    command += ["-I", "tests.services.worker", "--without-mingle"]
    celery_app.control.purge()
    process = subprocess.Popen(
        command,
        env=environment(),
        cwd=settings.BASE_DIR,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def wait_for(job, check, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job.refresh_from_db()
        if check(job):
            return
        time.sleep(0.2)
    pytest.fail(f"job stayed {job.state} after {seconds} s")


def test_worker_on_the_real_broker_runs_a_job_of_a_committed_transaction():
    with celery_worker():
        job = enqueue("test.double", {"n": 21})
        wait_for(job, lambda job: job.finished)

    assert job.state == JobState.DONE
    assert job.result["twice"] == 42
    assert job.result["pid"] != os.getpid()


def test_job_of_a_killed_worker_is_finished_by_the_next_sweep():
    with celery_worker() as process:
        job = enqueue("test.hang_once", {})
        wait_for(job, lambda job: job.done == 1)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    job.refresh_from_db()
    assert job.state == JobState.RUNNING

    Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - dt.timedelta(1))
    with celery_worker():
        sweep_task.delay()
        wait_for(job, lambda job: job.finished)

    assert job.state == JobState.DONE
    assert job.result == {"attempt": 2}


def test_worker_masks_personal_numbers_in_its_log(tmp_path):
    log = tmp_path / "log"
    with log.open("w") as stream, celery_worker(stream):
        job = enqueue("test.say_a_number", {"number": "440899197803120014"})
        wait_for(job, lambda job: job.finished)

    assert "task: ***" in log.read_text()
    assert "site: ***" in log.read_text()
    assert "440899" not in log.read_text()


ENQUEUE = """
import django
django.setup()
from lms.jobs.services import enqueue
from tests.services import worker
enqueue("test.double", {"n": 1})
"""


def test_broker_that_is_away_loses_nothing():
    # A process of its own: this one keeps connections to the real broker.
    run = subprocess.run(
        [sys.executable, "-c", ENQUEUE],
        env=environment(CELERY_BROKER_URL="redis://127.0.0.1:1/0"),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    assert "on_commit" in run.stderr
    assert "OperationalError" in run.stderr
    assert Job.objects.get().state == JobState.QUEUED
