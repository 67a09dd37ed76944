import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from lms.evidence import clock
from lms.jobs import registry
from lms.jobs.models import MAX_ATTEMPTS, Job, JobState
from lms.jobs.runner import claim, run, run_due, sweep
from lms.jobs.services import enqueue

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def handlers(monkeypatch):
    """An empty registry for this test."""
    monkeypatch.setattr(registry, "HANDLERS", (table := {}))
    monkeypatch.setattr("lms.jobs.runner.HANDLERS", table)
    monkeypatch.setattr("lms.jobs.services.HANDLERS", table)
    return table


def expire_lease(job):
    Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - dt.timedelta(1))


def test_enqueue_refuses_a_kind_nobody_handles(handlers):
    with pytest.raises(LookupError, match="no handler"):
        enqueue("nobody", {})

    assert not Job.objects.exists()


def test_run_due_runs_a_job_once_and_keeps_its_result(handlers):
    seen = []

    def double(job, progress):
        seen.append(job.payload["n"])
        progress(1, 2)
        return {"twice": job.payload["n"] * 2, "errors": [{"row": 3}], "file": "f.xlsx"}

    handlers["double"] = double
    job = enqueue("double", {"n": 21})

    assert run_due() == 1
    assert run_due() == 0

    job.refresh_from_db()
    assert seen == [21]
    assert job.state == JobState.DONE
    assert job.result == {"twice": 42}
    assert job.errors == [{"row": 3}]
    assert job.result_file == "f.xlsx"
    assert (job.done, job.total) == (1, 2)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_job_speaks_the_language_of_whoever_asked(handlers, language):
    handlers["say"] = lambda job, progress: {"said": translation.get_language()}

    with translation.override(language):
        job = enqueue("say", {})
    run_due()

    job.refresh_from_db()
    assert job.result == {"said": language}
    assert translation.get_language() == "zh-hans"


def test_failing_job_is_put_back_later_each_time_and_given_up_in_the_end(handlers):
    def fail(job, progress):
        raise RuntimeError("not today")

    handlers["fail"] = fail
    job = enqueue("fail", {})

    for attempt in range(1, MAX_ATTEMPTS):
        assert run_due() == 1
        job.refresh_from_db()
        assert (job.state, job.attempts) == (JobState.QUEUED, attempt)
        assert job.not_before > clock.now()
        Job.objects.update(not_before=clock.now())
    run_due()

    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.finished


def test_leased_job_is_not_claimed_until_its_lease_runs_out(handlers):
    handlers["slow"] = lambda job, progress: {}
    enqueue("slow", {})
    first = claim()

    assert claim() is None

    expire_lease(first)
    assert claim().pk == first.pk


def test_job_that_kills_its_runner_each_time_is_given_up(handlers):
    handlers["deadly"] = lambda job, progress: {}
    job = enqueue("deadly", {})
    for _ in range(MAX_ATTEMPTS):
        expire_lease(claim())

    assert claim() is None

    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.FAILED, MAX_ATTEMPTS)
    assert job.finished


def test_job_whose_result_cannot_be_written_is_put_back(handlers):
    handlers["odd"] = lambda job, progress: {"day": object()}
    job = enqueue("odd", {})

    run_due()

    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)


def test_runner_that_lost_its_lease_changes_nothing(handlers):
    def slow(job, progress):
        expire_lease(job)
        run(claim())  # somebody else takes over and finishes
        progress(1, 1)
        return {"by": "the first"}

    runs = []

    def handler(job, progress):
        runs.append(1)
        return slow(job, progress) if len(runs) == 1 else {"by": "the second"}

    handlers["slow"] = handler
    job = enqueue("slow", {})

    run(claim())

    job.refresh_from_db()
    assert job.result == {"by": "the second"}


def test_one_failing_sweeper_does_not_stop_the_others(monkeypatch):
    def fail():
        raise RuntimeError("broken row")

    table = {"a.fails": fail, "b.works": lambda: 7}
    monkeypatch.setattr("lms.jobs.runner.SWEEPERS", table)

    assert sweep() == {"a.fails": -1, "b.works": 7}


@pytest.mark.django_db(transaction=True)
def test_of_eight_runners_one_gets_the_job(handlers):
    handlers["one"] = lambda job, progress: {}
    enqueue("one", {})
    claimed, start = [], threading.Barrier(8)

    def race():
        start.wait()
        claimed.append(claim())
        connection.close()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(job is not None for job in claimed) == 1


def test_job_state_is_shown_to_its_owner_only(handlers, client, django_user_model):
    handlers["mine"] = lambda job, progress: {}
    owner = django_user_model.objects.create_user("owner")
    other = django_user_model.objects.create_user("other")
    job = enqueue("mine", {}, user=owner)

    client.force_login(other)
    assert client.get(f"/jobs/{job.uuid}/").status_code == 404
    client.force_login(owner)
    assert client.get(f"/jobs/{job.uuid}/").json()["state"] == "queued"


def test_of_one_key_one_job_waits_or_runs(handlers):
    handlers["sum"] = lambda job, progress: {}
    first = enqueue("sum", {"n": 1}, key="sum:1")

    assert enqueue("sum", {"n": 2}, key="sum:1") == first
    assert enqueue("sum", {}, key="sum:2") != first
    assert enqueue("sum", {}) != enqueue("sum", {})
    run_due()
    assert enqueue("sum", {"n": 3}, key="sum:1") != first


def test_the_database_refuses_a_second_unfinished_job_of_a_key(handlers):
    Job.objects.create(kind="sum", key="sum:1")

    with (
        pytest.raises(IntegrityError, match=r"one_unfinished_per_key|jobs_job\.key"),
        transaction.atomic(),
    ):
        Job.objects.create(kind="sum", key="sum:1")
    Job.objects.create(kind="sum", key="sum:1", state=JobState.DONE)
