"""What the result page says."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from exams.exceptions import ExamRefusal
from exams.models import Attempt
from exams.presentation import plain
from exams.services.admission import admit, judged_standing_of, tries_left
from exams.services.review import PartScore, ReviewedItem, review_of
from lms import clock


@dataclass(frozen=True)
class ScoreLine:
    """The marks of a part, as text and as numbers for a bar."""

    title: str
    score: str
    total: str
    score_number: float
    total_number: float


@dataclass(frozen=True)
class ItemLine:
    """One question as it is looked back at."""

    number: str
    stem: str
    given: str
    right: str
    explain: str
    tone: str
    word: str


@dataclass(frozen=True)
class ResultView:
    """Everything the result page shows; without a result only that there is none."""

    released: bool
    passed: bool = False
    tone: str = "info"
    icon: str = ""
    word: str = ""
    score: str = ""
    total: str = ""
    pass_mark: str = ""
    score_number: float = 0
    total_number: float = 0
    earns_proof: bool = False
    tries_left: int = 0
    refusal: str = ""
    parts: list[ScoreLine] = field(default_factory=list)
    items: list[ItemLine] = field(default_factory=list)


def result_view(attempt: Attempt) -> ResultView:
    """Return what the page shows; not a byte of the key before the release."""
    result = getattr(attempt, "result", None)
    if result is None:
        return ResultView(released=False)
    review = review_of(attempt)
    tries_left, refusal = _next_try(attempt)
    return ResultView(
        released=True,
        passed=result.passed,
        tone="ok" if result.passed else "bad",
        icon="ok" if result.passed else "bad",
        word=_("Passed") if result.passed else _("Not passed"),
        score=plain(result.score),
        total=plain(result.total),
        pass_mark=plain(attempt.paper.pass_mark),
        score_number=float(result.score),
        total_number=float(result.total),
        earns_proof=result.passed and attempt.enrolment_id is not None,
        tries_left=tries_left,
        refusal=refusal,
        parts=[_part(part) for part in review.parts],
        items=[_item(item) for item in review.items],
    )


def _next_try(attempt) -> tuple[int, str]:
    """How often the person may try again from now on, or why not."""
    now = clock.now()
    standing = judged_standing_of(attempt.person, now=now)
    try:
        admit(attempt.sitting, standing=standing, now=now)
    except ExamRefusal as refusal:
        return 0, str(refusal)
    return tries_left(attempt.sitting, standing=standing), ""


def _part(part: PartScore) -> ScoreLine:
    return ScoreLine(
        part.title,
        plain(part.score),
        plain(part.total),
        float(part.score),
        float(part.total),
    )


def _item(item: ReviewedItem) -> ItemLine:
    if item.full:
        tone, word = "ok", _("Right")
    elif item.score > Decimal(0):
        tone, word = "warn", _("Partly right")
    else:
        tone, word = "bad", _("Wrong") if item.given else _("Not answered")
    comma = _(", ")
    return ItemLine(
        number=item.number,
        stem=item.stem,
        given=comma.join(item.given) or _("Not answered"),
        right=comma.join(item.right),
        explain=item.explain,
        tone=tone,
        word=word,
    )
