"""The points of an attempt by knowledge point."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from exams.exceptions import NotTold
from exams.models import Attempt, PaperQuestion, ReviewPolicy
from exams.papers.marking import WHOLE, earned, fraction_of, sum_of
from exams.services.disclosure import may_disclose
from exams.services.marks import mark_of
from lms.access.prepared import PreparedRows

# The points of fewer questions would tell of a single answer whether it was right.
FEWEST_QUESTIONS = 3


_asked = PreparedRows(
    lambda paper: (
        PaperQuestion.objects.filter(paper=paper)
        .order_by("pk")
        .values_list(
            "slot",
            "revision__question__knowledge_point",
            "revision__question__knowledge_point__name",
        )
    )
)


class PointName(NamedTuple):
    """A knowledge point of the bank and its name today."""

    pk: int
    name: str


@dataclass(frozen=True)
class PointScore:
    """The marks reached and possible on some knowledge points: mostly on one."""

    points: tuple[PointName, ...]
    questions: int
    score: Fraction
    total: Fraction

    def __add__(self, other):
        return PointScore(
            self.points + other.points,
            self.questions + other.questions,
            self.score + other.score,
            self.total + other.total,
        )

    @property
    def full(self):
        return self.score == self.total


def points_of(attempt: Attempt) -> list[PointScore]:
    """Return the marks of an attempt by knowledge point, the weakest first.

    Knowledge points of fewer than three questions are summed up in one line, unless
    the questions themselves are told. A paper that no question of the bank stands
    behind has none. Raises ``NotTold``.
    """
    if not may_disclose(attempt, ReviewPolicy.POINTS):
        raise NotTold
    scores = _by_point(attempt)
    if not may_disclose(attempt, ReviewPolicy.QUESTIONS):
        scores = without_small_groups(scores)
    return sorted(scores, key=lambda one: one.score / one.total)


def without_small_groups(scores: list[PointScore]) -> list[PointScore]:
    """Sum up the knowledge points of few questions, until no line stands for few.

    Nor may the rest, which anybody can subtract from the total. A paper of few
    questions has no lines at all.
    """
    by_size = sorted(scores, key=lambda one: (one.questions, one.points[0].name))
    large = [one for one in by_size if one.questions >= FEWEST_QUESTIONS]
    small = [one for one in by_size if one.questions < FEWEST_QUESTIONS]
    if not small:
        return large
    joint = sum(small[1:], start=small[0])
    while joint.questions < FEWEST_QUESTIONS and large:
        joint += large.pop(0)
    return [*large, joint] if joint.questions >= FEWEST_QUESTIONS else []


def _by_point(attempt) -> list[PointScore]:
    mark = mark_of(attempt.result)
    key = mark.key.key
    reached = earned(mark.per_slot, key)
    by_point = defaultdict(list)
    for slot, *point in _asked.rows(attempt.paper_id):
        by_point[PointName(*point)].append(slot)
    return [
        PointScore(
            (point,),
            len(slots),
            sum_of((WHOLE, reached[slot]) for slot in slots),
            sum_of((WHOLE, fraction_of(key[slot]["marks"])) for slot in slots),
        )
        for point, slots in by_point.items()
    ]
