from exams.services.finalise import finalise_due
from lms.jobs.registry import sweeper


@sweeper("exams.finalise")
def finalise_overdue() -> int:
    """End the attempts whose last moment has passed and nobody has asked about."""
    return finalise_due()
