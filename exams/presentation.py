"""What the pages of an exam say, computed here so that templates branch once."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from courses.models import Enrolment
from exams.exceptions import ExamRefusal
from exams.models import Attempt, QuestionKind, Result, Sitting
from exams.services.admission import admit, judged_standing_of, tries_left
from exams.services.answers import current_answers
from exams.services.attempts import paper_for
from lms.people.models import Person

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

KIND_LABELS = {
    QuestionKind.SINGLE: lambda: _("Choose one"),
    QuestionKind.MULTIPLE: lambda: _("Choose all that are right"),
    QuestionKind.TRUE_FALSE: lambda: _("True or false"),
    QuestionKind.FILL: lambda: _("Fill in"),
}


def plain(number: Decimal) -> str:
    """Write marks as a person does: 80, not 80.00."""
    return f"{number.normalize():f}"


@dataclass(frozen=True)
class Door:
    """The page before an exam: what it is, and whether one may go in."""

    minutes: int
    questions: int
    pass_mark: str
    total: str
    tries_left: int
    asks_code: bool
    attempt: Attempt | None
    refusal: str


def door_of(sitting: Sitting, *, person: Person, now: dt.datetime) -> Door:
    """Say what awaits a person at a sitting, and what stands in the way."""
    standing = judged_standing_of(person, now=now)
    here = standing.at(sitting)
    running = next((a for a in here if a.effective_state(now) != "closed"), None)
    sections = sitting.blueprint.sections.all()
    refusal = ""
    if running is None:
        try:
            admit(sitting, standing=standing, now=now)
        except ExamRefusal as refused:
            refusal = str(refused)
    return Door(
        minutes=sitting.blueprint.duration_min,
        questions=sum(section.count for section in sections),
        pass_mark=plain(sitting.blueprint.pass_mark),
        total=plain(sum((s.count * s.marks for s in sections), Decimal(0))),
        tries_left=tries_left(sitting, standing=standing),
        asks_code=bool(sitting.access_code),
        attempt=running,
        refusal=refusal,
    )


@dataclass(frozen=True)
class Card:
    """An exam in a list: where it leads, one line about it, its state in a word."""

    title: str
    note: str
    href: str
    tone: str
    word: str


def cards_for(
    sittings, *, person: Person, now: dt.datetime
) -> list[tuple[Sitting, Card]]:
    """Return each sitting with its card, in three queries whatever their number."""
    mine = Attempt.objects.filter(person=person).select_related("result")
    learning = set(
        Enrolment.objects.filter(person=person, hours_met_on=None).values_list(
            "training_class_id", flat=True
        )
    )
    sittings = sittings.prefetch_related(
        Prefetch("attempts", queryset=mine.order_by("-number"), to_attr="mine")
    )
    return [
        (sitting, _card(sitting, now, sitting.training_class_id in learning))
        for sitting in sittings
    ]


def _card(sitting, now, still_learning) -> Card:
    href = reverse("exams:sitting", args=[sitting.uuid])
    last = sitting.mine[0] if sitting.mine else None
    passed = next((a for a in sitting.mine if _passed(a)), None)
    if passed:
        last, tone, word = passed, "ok", _("Passed")
    elif last and last.effective_state(now) != "closed":
        return Card(
            sitting.title,
            _("until %(time)s") % {"time": _moment(last.deadline)},
            reverse("exams:run", args=[last.uuid]),
            "info",
            _("Go on"),
        )
    elif last and _result(last) is None:
        tone, word = "info", _("Handed in")
    elif last:
        tone, word = "bad", _("Not passed")
    elif now < sitting.opens_at:
        tone, word = "info", _("Not open yet")
    elif now >= sitting.closes_at:
        tone, word = "info", _("Over")
    elif sitting.needs_hours and still_learning:
        return Card(
            sitting.title,
            _("Opens for you once every lesson is done and the hours are complete."),
            href,
            "warn",
            _("Finish learning first"),
        )
    else:
        tone, word = "ok", _("Open")
    if last:
        href = reverse("exams:result", args=[last.uuid])
    return Card(sitting.title, _note(sitting, last), href, tone, word)


def _note(sitting, last):
    result = _result(last) if last else None
    if result:
        return _("%(score)s of %(total)s") % {
            "score": plain(result.score),
            "total": plain(result.total),
        }
    return _("%(from)s to %(to)s") % {
        "from": _moment(sitting.opens_at),
        "to": _moment(sitting.closes_at),
    }


def _result(attempt) -> Result | None:
    return getattr(attempt, "result", None)


def _passed(attempt):
    result = _result(attempt)
    return bool(result and result.passed)


def _moment(moment):
    return date_format(localtime(moment), "Y-m-d H:i")


def question_page(attempt: Attempt, *, number: int) -> dict:
    """Return one question of the plain form, and how many are answered."""
    slots = slots_of(attempt)
    number = min(max(number, 1), len(slots))
    slot = dict(slots[number - 1])
    answers = current_answers(attempt)
    value = answers.get(slot["slot"])
    slot.update(number=number, total=len(slots), kind_label=KIND_LABELS[slot["type"]]())
    if slot["type"] == QuestionKind.FILL:
        given = value or []
        slot["blanks"] = [*given, *[""] * (slot["blanks"] - len(given))]
    else:
        multiple = slot["type"] == QuestionKind.MULTIPLE
        slot["input_type"] = "checkbox" if multiple else "radio"
        chosen = value if isinstance(value, list) else [value]
        slot["options"] = [
            {**option, "letter": LETTERS[place], "chosen": option["id"] in chosen}
            for place, option in enumerate(slot["options"])
        ]
    return {"question": slot, "answered": len(answers)}


def slots_of(attempt: Attempt) -> list[dict]:
    """Return the slots of a paper in order, as the candidate sees them."""
    return [slot for part in paper_for(attempt)["sections"] for slot in part["slots"]]


def value_from_form(slot: dict, given: list[str]):
    """Return what a plain form sent as the value of a slot; None clears it."""
    if slot["type"] == QuestionKind.FILL:
        texts = [text.strip() for text in given]
        return texts if any(texts) else None
    if slot["type"] == QuestionKind.MULTIPLE:
        return sorted(set(given)) or None
    return given[0] if given else None
