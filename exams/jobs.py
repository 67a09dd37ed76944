from exams.services.finalise import finalise_due
from lms.jobs.registry import sweeper


@sweeper("exams.finalise")
def finalise_overdue() -> int:
    """End the attempts that are overdue and that no request has ended."""
    return finalise_due()
