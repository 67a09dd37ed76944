"""Papers made ahead of the opening minute, for everybody who is expected."""

import datetime as dt
import secrets
from typing import NamedTuple

from django.db import transaction

from exams.exceptions import BlueprintNotFeasible, NoPaper
from exams.models import Attempt, Paper, PaperQuestion, PreparedPaper, Question, Sitting
from exams.papers.values import deliver
from exams.services.admission import people_expected
from exams.services.candidate_papers import freeze_shared_papers, paper_for_person
from exams.services.cards import content_of
from lms.evidence import clock
from lms.evidence.canonical_json import canonical_json
from lms.people.models import Person

AHEAD = dt.timedelta(hours=24)
AT_ONCE = 500


class Readiness(NamedTuple):
    """For how many of the people expected who have not begun a paper is ready."""

    ready: int
    expected: int


class CandidateView(NamedTuple):
    """A paper as one candidate will see it, and the secrets behind it."""

    secret: str
    order_seed: str
    delivered: str


def readiness_of(sitting: Sitting) -> Readiness:
    """Say for how many of those who have not begun yet a paper is ready."""
    waiting = _waiting(sitting)
    fit = PreparedPaper.objects.fit_for(sitting)
    ready = waiting.filter(pk__in=fit.values("person"))
    return Readiness(ready.count(), waiting.count())


def prepare_papers(sitting: Sitting, *, limit: int | None = None) -> int:
    """Make the papers of those expected who have not begun; return how many are new.

    One who comes later has a paper drawn at the start. Raises
    ``BlueprintNotFeasible`` or ``NoPaper``; papers made until then stay.
    """
    ready = PreparedPaper.objects.fit_for(sitting)
    prepared = PreparedPaper.objects.filter(sitting=sitting)
    prepared.exclude(pk__in=ready.values("pk")).delete()
    freeze_shared_papers(sitting)
    people = _waiting(sitting).exclude(pk__in=ready.values("person")).order_by("pk")
    return sum(_prepare(sitting, person) for person in people[:limit])


def prepare_upcoming(*, now: dt.datetime | None = None) -> int:
    """Make papers for the sittings that open within a day or are open, some at a time.

    Removes those of sittings that are over. Returns how many were made.
    """
    now = now or clock.now()
    PreparedPaper.objects.of_over(now).delete()
    done = 0
    upcoming = Sitting.objects.filter(opens_at__lte=now + AHEAD, closes_at__gt=now)
    for sitting in upcoming.select_related("blueprint").order_by("opens_at"):
        try:
            done += prepare_papers(sitting, limit=AT_ONCE - done)
        except (BlueprintNotFeasible, NoPaper):
            # The desk of the sitting says so, and a start gives the reason.
            continue
        if done >= AT_ONCE:
            break
    return done


def _prepare(sitting, person) -> bool:
    """Make the paper of one person; False where a question went out meanwhile."""
    # Before the papers the person had are read: an attempt in between tells.
    attempts_before = Attempt.objects.filter(person=person).count()
    paper = paper_for_person(sitting, person)
    view = view_of(paper)
    asked = PaperQuestion.objects.filter(paper=paper)
    with transaction.atomic():
        # Who retires a question locks it too, and then takes its papers back.
        questions = Question.objects.filter(pk__in=asked.values("revision__question"))
        list(questions.select_for_update().order_by("pk").values_list("pk"))
        if asked.outdated().exists():
            return False
        _row, is_new = PreparedPaper.objects.get_or_create(
            sitting=sitting,
            person=person,
            defaults={
                "paper": paper,
                "drawn_for": sitting.draws_for,
                "attempts_before": attempts_before,
                **view._asdict(),
            },
        )
    return is_new


def view_of(paper: Paper) -> CandidateView:
    """Return a paper as one new candidate sees it: tokens for ids, an own order."""
    secret, order_seed = secrets.token_hex(32), secrets.token_hex(8)
    shown = deliver(content_of(paper), secret=secret, order_seed=order_seed)
    return CandidateView(secret, order_seed, canonical_json(shown))


def _waiting(sitting):
    begun = sitting.attempts.values("person")
    people = people_expected(sitting).exclude(pk__in=begun)
    return Person.objects.filter(pk__in=people.values("pk"))
