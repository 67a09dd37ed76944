from exams.services.finalise import finalise_due
from exams.services.prepared_papers import prepare_upcoming
from lms.jobs.registry import sweeper


@sweeper("exams.finalise")
def finalise_overdue() -> int:
    """End the attempts that are overdue and that no request has ended."""
    return finalise_due()


@sweeper("exams.prepare")
def prepare_papers_ahead() -> int:
    """Make the papers of the exams of the next day, some at a time."""
    return prepare_upcoming()
