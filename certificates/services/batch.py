"""Issuing for a whole class: long work that a job does."""

from courses.models import TrainingClass
from lms.jobs.models import Job, JobState
from lms.jobs.services import enqueue

ISSUE = "certificates.issue"
MAY_ISSUE = "certificates.add_certificate"


def ask_to_issue(training_class: TrainingClass, *, user) -> Job:
    """Ask for the proofs of a class; while that runs, asking again is the same job."""
    payload = {"training_class": training_class.pk}
    running = Job.objects.filter(
        kind=ISSUE,
        payload__training_class=training_class.pk,
        created_by=user,
        state__in=[JobState.QUEUED, JobState.RUNNING],
    ).first()
    return running or enqueue(ISSUE, payload, user=user)
