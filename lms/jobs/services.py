from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation

from lms.jobs.models import Job
from lms.jobs.registry import HANDLERS
from lms.jobs.tasks import run_job_task


def enqueue(kind: str, payload: dict, *, user=None, key: str = "") -> Job:
    """Ask for long work, inside the transaction that wants it.

    The row is the promise; the Celery message sent on commit only wakes it early.
    It will speak the language of this moment. Where a job of the same key waits or
    runs, that one is returned.
    """
    if kind not in HANDLERS:
        raise LookupError(f"no handler for jobs of kind {kind}")
    language = translation.get_language() or settings.LANGUAGE_CODE
    job = Job(kind=kind, payload=payload, language=language, created_by=user, key=key)
    if key:
        present = Job.objects.unfinished().filter(key=key)
        try:
            if same := present.first():
                return same
            with transaction.atomic():
                job.save()
        except IntegrityError:  # asked for twice at the same moment
            return present.get()
    else:
        job.save()
    run_job_task.wake_on_commit(job.pk)
    return job
