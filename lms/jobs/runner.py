"""Run due jobs under a lease, and sweep."""

import logging

from django.db import transaction
from django.db.models import F
from django.utils import translation

from lms.evidence import clock
from lms.jobs.models import LEASE, MAX_ATTEMPTS, Job, JobState
from lms.jobs.registry import HANDLERS, SWEEPERS

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another runner took the job over; this one stops."""


def claim(job_id: int | None = None) -> Job | None:
    """Take the lease of one due job (or of that one); None if there is none.

    The guarded UPDATE is the lock: of two runners one changes a row. A job whose
    runner died ``MAX_ATTEMPTS`` times is given up.
    """
    now = clock.now()
    due = Job.objects.due(now)
    keys = due.values_list("pk", flat=True)[:20] if job_id is None else [job_id]
    for pk in keys:
        row = due.filter(pk=pk).order_by()
        taken = row.filter(attempts__lt=MAX_ATTEMPTS).update(
            state=JobState.RUNNING,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
        )
        if taken:
            return Job.objects.get(pk=pk)
        given_up = row.filter(attempts__gte=MAX_ATTEMPTS).update(
            state=JobState.FAILED, lease_until=None, finished_at=now
        )
        if given_up:
            logger.error("job %s: its runner died %s times", pk, MAX_ATTEMPTS)
    return None


def run(job: Job) -> Job:
    """Run a claimed job to its end and write down how it went.

    An unexpected error puts it back, later each time, ``MAX_ATTEMPTS`` times.
    """
    lease = {"until": job.lease_until}

    def progress(done: int, total: int) -> None:
        until = clock.now() + LEASE
        kept = Job.objects.filter(
            pk=job.pk, state=JobState.RUNNING, lease_until=lease["until"]
        ).update(done=done, total=total, lease_until=until)
        if not kept:
            raise LeaseLost
        lease["until"] = until

    try:
        with translation.override(job.language):
            result = dict(HANDLERS[job.kind](job, progress) or {})
        return _close(
            job,
            lease,
            state=JobState.DONE,
            errors=result.pop("errors", []),
            result_file=result.pop("file", ""),
            result=result,
        )
    except LeaseLost:
        logger.warning("job %s: lease lost", job.pk)
        return job
    except Exception:
        logger.exception("job %s: attempt %s failed", job.pk, job.attempts)
        if job.attempts >= MAX_ATTEMPTS:
            return _close(job, lease, state=JobState.FAILED)
        Job.objects.filter(pk=job.pk, lease_until=lease["until"]).update(
            state=JobState.QUEUED,
            lease_until=None,
            not_before=clock.now() + LEASE * job.attempts,
        )
        job.refresh_from_db()
        return job


def run_due(limit: int = 100) -> int:
    """Run due jobs one after the other; return how many were run."""
    count = 0
    while count < limit and (job := claim()):
        run(job)
        count += 1
    return count


def sweep() -> dict[str, int]:
    """Do all work that is due and that no task has done. Idempotent.

    One failing sweeper is logged and never stops the others.
    """
    counts = {}
    for name, function in sorted(SWEEPERS.items()):
        try:
            counts[name] = function()
        except Exception:
            logger.exception("sweeper %s failed", name)
            counts[name] = -1
    return counts


@transaction.atomic
def _close(job, lease, **fields):
    Job.objects.filter(pk=job.pk, lease_until=lease["until"]).update(
        lease_until=None, finished_at=clock.now(), **fields
    )
    job.refresh_from_db()
    return job
