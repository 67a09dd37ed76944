from celery import Task, shared_task
from django.conf import settings
from django.db import transaction

from lms.jobs.runner import claim, run, run_due, sweep


class WakingTask(Task):
    """A task that only starts due work earlier: without a broker nothing is lost."""

    def wake_on_commit(self, *args) -> None:
        if settings.CELERY_BROKER_URL:
            # A missing broker must not turn a saved job into an error.
            transaction.on_commit(lambda: self.delay(*args), robust=True)


@shared_task(base=WakingTask)
def run_job_task(job_id: int) -> None:
    """Run one job if it is due. ``claim`` makes repeated delivery safe."""
    if job := claim(job_id):
        run(job)


@shared_task
def sweep_task() -> None:
    """Sweep, then run jobs whose message was lost or whose lease ran out."""
    sweep()
    run_due()
