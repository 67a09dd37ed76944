"""Issuing for a whole class: long work that a job does."""

from courses.models import TrainingClass
from lms.jobs.models import Job
from lms.jobs.services import enqueue

ISSUE = "certificates.issue"
MAY_ISSUE = "certificates.add_certificate"


def ask_to_issue(training_class: TrainingClass, *, user) -> Job:
    """Ask for the proofs of a class; while that runs, asking again is the same job."""
    payload = {"training_class": training_class.pk}
    key = f"issue:{training_class.pk}:{user.pk}"
    return enqueue(ISSUE, payload, user=user, key=key)
