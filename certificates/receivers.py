"""Issue proofs at once after a result or hours; the sweep issues the rest."""

from django.dispatch import receiver

from certificates.services import issue_for, suspend_without_basis
from courses.signals import training_completed
from exams.signals import result_released


@receiver(result_released, dispatch_uid="certificates.follow_result")
def follow_result(sender, *, result, **kwargs):
    if result.enrolment is None:
        return
    if result.passed:
        issue_for([result.enrolment])
    else:
        suspend_without_basis(result)


@receiver(training_completed, dispatch_uid="certificates.follow_hours")
def follow_hours(sender, *, enrolment, **kwargs):
    issue_for([enrolment])
