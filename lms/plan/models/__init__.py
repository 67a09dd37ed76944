from lms.plan.models.accidents import AccidentFigure
from lms.plan.models.plans import COUNTS, Plan, Target
from lms.plan.models.snapshots import Snapshot

__all__ = ["COUNTS", "AccidentFigure", "Plan", "Snapshot", "Target"]
