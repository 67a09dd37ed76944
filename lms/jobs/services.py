from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation

from lms.jobs.models import Job
from lms.jobs.registry import HANDLERS
from lms.jobs.tasks import run_job_task


def enqueue(kind: str, payload: dict, *, user=None, key: str = "") -> Job:
    """Create a job, inside the transaction that needs it.

    The row is enough for it to run; the Celery message sent on commit only starts it
    earlier. Its messages are in the language of the caller. A waiting or running job
    of the same key is returned instead of a new one.
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
