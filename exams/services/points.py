"""The points of an attempt by knowledge point."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from exams.exceptions import NotTold
from exams.models import Attempt, KnowledgePoint, PaperQuestion, ReviewPolicy
from exams.papers.marking import earned
from exams.services.disclosure import may_disclose

# The points of fewer questions would tell of a single answer whether it was right.
FEWEST_QUESTIONS = 3


@dataclass(frozen=True)
class PointScore:
    """The marks reached and possible on some knowledge points: mostly on one."""

    points: tuple[KnowledgePoint, ...]
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
    asked = PaperQuestion.objects.filter(paper=attempt.paper_id)
    # Not the words of the questions: they are long, and nobody reads them here.
    asked = asked.select_related("revision__question__knowledge_point").only(
        "slot", "revision__question__knowledge_point__name"
    )
    mark = attempt.result.mark
    key = mark.key.key
    reached = earned(mark.per_slot, key)
    by_point = defaultdict(list)
    for one in asked:
        sums = reached[one.slot], Fraction(key[one.slot]["marks"])
        by_point[one.revision.question.knowledge_point].append(sums)
    return [
        PointScore((point,), len(sums), *map(sum, zip(*sums, strict=True)))
        for point, sums in by_point.items()
    ]
