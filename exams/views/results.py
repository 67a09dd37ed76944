"""What the result page says."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.hours.progress import progress_of
from courses.models import Enrolment
from courses.views.panels import Action, Panel, panels_of_outcome
from exams.exceptions import ExamRefusal
from exams.models import Attempt, KnowledgePointLesson, PaperQuestion, ReviewPolicy
from exams.services.admission import (
    CandidateStanding,
    admit,
    judged_standing_of,
    tries_left,
)
from exams.services.disclosure import may_disclose
from exams.services.points import PointScore, points_of
from exams.services.review import ReviewedItem, review_of
from exams.views.presentation import plain
from lms.access.prepared import PreparedRows
from lms.evidence import clock

_taught = PreparedRows(
    lambda paper: (
        KnowledgePointLesson.objects.filter(
            knowledge_point__in=PaperQuestion.objects.filter(paper=paper).values(
                "revision__question__knowledge_point"
            ),
            lesson__live=True,
        )
        .order_by("knowledge_point", "sort_order")
        .values_list("knowledge_point", "lesson", "lesson__title")
    )
)


@dataclass(frozen=True)
class LessonLink:
    """A lesson to go back to."""

    title: str
    href: str


@dataclass(frozen=True)
class TopicLine:
    """The marks on one knowledge point, or on several small ones, and its lessons."""

    title: str
    names: str
    score: str
    total: str
    score_number: float
    total_number: float
    full: bool
    lessons: list[LessonLink]


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
    word: str = ""
    sentence: str = ""
    score: str = ""
    total: str = ""
    pass_mark: str = ""
    score_number: float = 0
    total_number: float = 0
    tries_left: int = 0
    outcome: list[Panel] = field(default_factory=list)
    topics: list[TopicLine] = field(default_factory=list)
    items: list[ItemLine] = field(default_factory=list)
    items_later: bool = False
    action: Action | None = None


def result_view(attempt: Attempt) -> ResultView:
    """Return what the page shows, as much of it as the candidate may be told now."""
    result = getattr(attempt, "result", None)
    if result is None:
        return ResultView(released=False)
    now = clock.now()
    standing = judged_standing_of(attempt.person, now=now)
    enrolment = standing.enrolment_at(attempt.sitting)
    left, refusal = (0, "") if result.passed else _next_try(attempt, standing, now)
    outcome = outcome_of(attempt)
    whole = may_disclose(attempt, ReviewPolicy.QUESTIONS, now=now)
    return ResultView(
        released=True,
        passed=result.passed,
        tone="ok" if result.passed else "bad",
        word=_("Passed") if result.passed else _("Not passed"),
        sentence=_("Well done.") if result.passed else _failed(left, refusal),
        **_total(attempt),
        tries_left=left,
        outcome=outcome,
        topics=_topics(attempt, enrolment),
        items=[_item(item) for item in review_of(attempt)] if whole else [],
        items_later=not whole
        and attempt.sitting.review_policy == ReviewPolicy.QUESTIONS,
        action=_action(attempt, left, enrolment, outcome),
    )


def outcome_of(attempt: Attempt) -> list[Panel]:
    """Return what a released pass brings; an exam of no programme brings nothing."""
    result = getattr(attempt, "result", None)
    if result is None or not result.passed or attempt.enrolment is None:
        return []
    return panels_of_outcome(attempt.enrolment)


def _next_try(attempt, standing: CandidateStanding, now) -> tuple[int, str]:
    """Return how often the person may try again from now on, or why not."""
    try:
        admit(attempt.sitting, standing=standing, now=now)
    except ExamRefusal as refusal:
        return 0, str(refusal)
    return tries_left(attempt.sitting, standing=standing), ""


def _failed(left, refusal) -> str:
    if refusal:
        return " ".join([_("Not this time."), refusal])
    if left == 1:
        return _(
            "Not this time. Go back to what was weak first: you have one more try, "
            "and it is the last one."
        )
    return ngettext(
        "Not this time. Go back to what was weak first: you have %(n)s more try.",
        "Not this time. Go back to what was weak first: you have %(n)s more tries.",
        left,
    ) % {"n": left}


def _action(attempt, left, enrolment, outcome) -> Action | None:
    """Return what a pass leads to; after a failed exam the next try, or the lessons."""
    if attempt.result.passed:
        return next((panel.action for panel in outcome if panel.action), None)
    if left:
        label = _("Take the last try") if left == 1 else _("Take the exam again")
        return Action(label, reverse("exams:sitting", args=[attempt.sitting.uuid]))
    if enrolment:
        page = reverse("courses:enrolment", args=[enrolment.uuid])
        return Action(_("Back to the lessons"), page, "play", primary=False)
    return None


def _total(attempt) -> dict:
    if not may_disclose(attempt, ReviewPolicy.TOTAL):
        return {}
    result = attempt.result
    return {
        "score": plain(result.score),
        "total": plain(result.total),
        "pass_mark": plain(attempt.paper.pass_mark),
        "score_number": float(result.score),
        "total_number": float(result.total),
    }


def _topics(attempt, enrolment) -> list[TopicLine]:
    if not may_disclose(attempt, ReviewPolicy.POINTS):
        return []
    scores = points_of(attempt)
    lessons = _lessons_of(attempt, enrolment) if enrolment else {}
    return [_topic(one, lessons) for one in scores]


def _topic(one: PointScore, lessons) -> TopicLine:
    names = [point.name for point in one.points]
    alone = len(names) == 1
    links = {link.href: link for p in one.points for link in lessons.get(p.pk, ())}
    return TopicLine(
        title=names[0] if alone else _("Other topics, few questions each"),
        names="" if alone else _(", ").join(sorted(names)),
        score=plain(one.score),
        total=plain(one.total),
        score_number=float(one.score),
        total_number=float(one.total),
        full=one.full,
        lessons=list(links.values()),
    )


def _lessons_of(attempt: Attempt, enrolment: Enrolment) -> dict[int, list[LessonLink]]:
    """Return the lessons of a paper's knowledge points that a person can open."""
    # Those of the person's own programme: no other lesson opens for them.
    own = {state.lesson.pk for state in progress_of(enrolment).lessons}
    links = {}
    for point, lesson, title in _taught.rows(attempt.paper_id):
        if lesson in own:
            href = reverse("courses:lesson", args=[enrolment.uuid, lesson])
            links.setdefault(point, []).append(LessonLink(title, href))
    return links


def _item(item: ReviewedItem) -> ItemLine:
    if item.full:
        tone, word = "ok", _("Right")
    elif item.score > 0:
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
