"""What the pages of an exam say, computed here so that templates branch once."""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.views.panels import Action
from exams.exceptions import (
    AlreadyPassed,
    ClassHoursIncomplete,
    ExamRefusal,
    IdentityNotConfirmed,
    ResultPending,
    SittingNotOpen,
    SittingOver,
)
from exams.kinds import QuestionKind, kind_of
from exams.models import Attempt, EffectiveState, ReviewPolicy, Sitting
from exams.papers.marking import rounded
from exams.services.admission import (
    admit,
    has_passed,
    judged_standing_of,
    result_of,
    tries_left,
)
from exams.services.answer_journal import answered_slots
from exams.services.attempts import paper_for
from exams.services.disclosure import may_disclose
from lms.people.models import Person


def plain(marks: Decimal | Fraction) -> str:
    """Write marks without trailing zeros, rounded down to a hundredth: 80."""
    if isinstance(marks, Fraction):
        marks = rounded(marks)
    return f"{marks.normalize():f}"


# Refusals that end by themselves or by an act of the person.
NOT_YET = (SittingNotOpen, ClassHoursIncomplete, IdentityNotConfirmed, ResultPending)


@dataclass(frozen=True)
class StartPage:
    """The page before an exam: its facts and the one next action.

    ``begins``: the page has the form that starts the exam; otherwise it shows
    ``action``.
    """

    minutes: int
    questions: int
    pass_mark: str
    total: str
    tries_left: int
    asks_code: bool
    begins: bool
    action: Action | None
    refusal: str
    tone: str
    brings_document: bool
    shows_rules: bool


def start_page_of(sitting: Sitting, *, person: Person, now: dt.datetime) -> StartPage:
    """Return the start page of a sitting for a person, with the reason if refused."""
    standing = judged_standing_of(person, now=now)
    running = running_of(standing.attempts_at(sitting), now)
    sections = sitting.blueprint.sections.all()
    refusal = None if running else _refusal(sitting, standing, now)
    if running:
        action = going_on_with(running)
    else:
        action = refusal and _way_from(refusal, sitting, standing, now)
    return StartPage(
        minutes=sitting.blueprint.duration_min,
        questions=sum(section.count for section in sections),
        pass_mark=plain(sitting.blueprint.pass_mark),
        total=plain(sum((s.count * s.marks for s in sections), Decimal(0))),
        tries_left=tries_left(sitting, standing=standing),
        asks_code=bool(sitting.access_code),
        begins=action is None,
        action=action,
        refusal=str(refusal or ""),
        tone="ok" if isinstance(refusal, AlreadyPassed) else "warn",
        brings_document=not standing.identity_confirmed,
        shows_rules=refusal is None or isinstance(refusal, NOT_YET),
    )


def _refusal(sitting, standing, now) -> ExamRefusal | None:
    try:
        admit(sitting, standing=standing, now=now)
    except ExamRefusal as refusal:
        return refusal
    return None


def _way_from(refusal, sitting, standing, now) -> Action:
    """Return what to do where an exam cannot be started."""
    enrolment = standing.enrolment_at(sitting)
    if isinstance(refusal, ClassHoursIncomplete):
        page = reverse("courses:enrolment", args=[enrolment.uuid])
        return Action(_("Go on learning"), page, "play")
    tried = standing.attempts_at(sitting) + (
        standing.attempts_of(enrolment) if enrolment else []
    )
    if running := running_of(tried, now):
        return going_on_with(running)
    if isinstance(refusal, AlreadyPassed):
        tried = [one for one in tried if has_passed(one)]
    if tried:
        return Action(_("See the result"), _result_page(tried[0]), primary=False)
    return Action(_("All my exams"), reverse("exams:mine"), primary=False)


@dataclass(frozen=True)
class Card:
    """An exam in a list: where it leads, one line about it, its state in a word.

    ``action`` is the way on where there is something to do now.
    """

    title: str
    note: str
    href: str
    tone: str
    word: str
    action: Action | None = None
    of_class: str = ""


def cards_for(
    sittings, *, person: Person, now: dt.datetime
) -> list[tuple[Sitting, Card]]:
    """Return each sitting with its card, in four queries for any number of them."""
    sittings = list(sittings)
    if not sittings:
        return []
    standing = judged_standing_of(person, now=now)
    return [
        (one, replace(_card(one, standing, now), of_class=class_of(one)))
        for one in sittings
    ]


def class_of(sitting: Sitting) -> str:
    """Return the title of the class a sitting is for: two exams may share a name."""
    return sitting.training_class.title if sitting.training_class else ""


def _card(sitting, standing, now) -> Card:
    mine = standing.attempts_at(sitting)
    if running := running_of(mine, now):
        until = _("until %(time)s") % {"time": moment(running.deadline)}
        action = going_on_with(running)
        return Card(sitting.title, until, action.href, "info", _("Go on"), action)
    passed = next((one for one in mine if has_passed(one)), None)
    if passed:
        return _judged_card(sitting, passed, "ok", _("Passed"))
    if mine and result_of(mine[0]) is None:
        href = _result_page(mine[0])
        return Card(sitting.title, _dates(sitting), href, "info", _("Handed in"))
    refusal = _refusal(sitting, standing, now)
    start_url = reverse("exams:sitting", args=[sitting.uuid])
    if mine and refusal:
        return _judged_card(sitting, mine[0], "bad", _("Not passed"), str(refusal))
    if mine:
        left = tries_left(sitting, standing=standing)
        more = ngettext(
            "You may try %(n)s more time.", "You may try %(n)s more times.", left
        )
        action = Action(_("Take the exam again"), start_url)
        return _judged_card(
            sitting, mine[0], "bad", _("Not passed"), more % {"n": left}, action
        )
    if refusal is None:
        action = Action(_("To the exam"), start_url)
        return Card(sitting.title, _dates(sitting), start_url, "ok", _("Open"), action)
    note, tone, word = _untried(refusal, sitting)
    return Card(sitting.title, note, start_url, tone, word)


def _judged_card(sitting, attempt, tone, word, more="", action=None):
    parts = [more] if more else []
    if may_disclose(attempt, ReviewPolicy.TOTAL):
        result = result_of(attempt)
        score = _("%(score)s of %(total)s") % {
            "score": plain(result.score),
            "total": plain(result.total),
        }
        parts.insert(0, score)
    note = " · ".join(parts)
    return Card(sitting.title, note, _result_page(attempt), tone, word, action)


def _untried(refusal, sitting) -> tuple[str, str, str]:
    """Return note, tone and word of a sitting one has not tried and cannot begin."""
    if isinstance(refusal, SittingNotOpen):
        return _dates(sitting), "info", _("Not open yet")
    if isinstance(refusal, SittingOver):
        return _dates(sitting), "info", _("Over")
    if isinstance(refusal, ClassHoursIncomplete):
        opens = _("Opens for you once your class hours are complete.")
        return opens, "warn", _("Finish learning first")
    if isinstance(refusal, IdentityNotConfirmed):
        return str(refusal), "warn", _("Show your identity document first")
    if isinstance(refusal, AlreadyPassed):
        return str(refusal), "ok", _("Passed")
    if isinstance(refusal, ResultPending):
        return str(refusal), "info", _("No result yet")
    return str(refusal), "bad", _("Not passed")


def running_of(attempts, now) -> Attempt | None:
    """Return the attempt whose answers can still count, if there is one."""
    return next(
        (a for a in attempts if a.effective_state(now) != EffectiveState.CLOSED), None
    )


def _dates(sitting):
    return _("%(from)s to %(to)s") % {
        "from": moment(sitting.opens_at),
        "to": moment(sitting.closes_at),
    }


def going_on_with(attempt: Attempt) -> Action:
    """Return the way back into a running attempt."""
    page = reverse("exams:run", args=[attempt.uuid])
    return Action(_("Go on with the exam"), page)


def _result_page(attempt):
    return reverse("exams:result", args=[attempt.uuid])


def moment(when: dt.datetime) -> str:
    """Write a moment in Shanghai time, to the minute."""
    return date_format(localtime(when), "Y-m-d H:i")


def question_page(
    attempt: Attempt, slots: list[dict], answers: dict[str, object], *, number: int
) -> dict:
    """Return one question of the plain form, and how many are answered."""
    number = min(max(number, 1), len(slots))
    slot = slots[number - 1]
    kind = kind_of(slot["type"])
    question = {
        **slot,
        **kind.form_context(slot, answers.get(slot["slot"])),
        "number": number,
        "total": len(slots),
        "instruction": kind.instruction,
        "template": kind.template,
    }
    return {"question": question, "answered": len(answered_slots(attempt, answers))}


def kinds_in(slots: list[dict]) -> list[QuestionKind]:
    """Return the question kinds that occur in a paper, each once."""
    codes = dict.fromkeys(slot["type"] for slot in slots)
    return [kind_of(code) for code in codes]


def slots_of(attempt: Attempt) -> list[dict]:
    """Return the slots of a paper in order, as the candidate sees them."""
    return slots_in(paper_for(attempt))


def slots_in(paper: dict) -> list[dict]:
    """Return the slots of a delivered paper in order."""
    return [slot for part in paper["sections"] for slot in part["slots"]]
