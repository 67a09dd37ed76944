"""Long and late work: batches somebody waits for, and the sweep."""

from django.core.management import call_command

from certificates.services import (
    enrolments_awaiting_proof,
    issue_awaiting,
    issue_for,
    publish_heads,
    suspend_without_basis,
)
from certificates.services.batch import ISSUE
from certificates.services.papers import store_awaiting
from courses.models import Enrolment, TrainingClass
from lms.evidence.audit import record
from lms.jobs.registry import handler, preparation, sweeper


@handler(ISSUE)
def run_issue(job, progress):
    """Issue what a class has earned, for the people that the user sees.

    ``training_class`` is its id.
    """
    rows = (
        Enrolment.objects.visible_to(job.created_by)
        .filter(training_class=job.payload["training_class"])
        .select_related("training_class")
    )
    report = issue_for(rows, by=job.created_by, progress=progress).as_json()
    record(
        "certificate.issue_batch",
        actor=job.created_by,
        subject=TrainingClass.objects.get(pk=job.payload["training_class"]),
        data={name: report[name] for name in ("eligible", "issued", "already")},
    )
    return report | {"errors": report.pop("refused")}


# Sweepers of their own: the failure of one must not hold up the others.
@sweeper("certificates.issue")
def sweep_awaiting_proof():
    """Issue what is earned and was not issued at once."""
    return issue_awaiting() if enrolments_awaiting_proof().exists() else 0


@sweeper("certificates.suspend")
def sweep_without_basis():
    """Suspend what lost its basis."""
    return suspend_without_basis()


@sweeper("certificates.papers")
def sweep_papers():
    """Draw and store the PDFs that are missing."""
    return store_awaiting()


@sweeper("certificates.heads")
def sweep_heads():
    """Publish the head of the register of each ended day."""
    return publish_heads()


@preparation("Preparing the signing key", order=10)
def make_first_key() -> None:
    """Make a key that signs certificates where there is none."""
    call_command("make_signing_key", if_missing=True, verbosity=0)
