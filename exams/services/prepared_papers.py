"""Papers made ahead of the opening minute, for everybody who is expected."""

import datetime as dt
import secrets
from typing import NamedTuple

from exams.exceptions import BlueprintNotFeasible, NoPaper
from exams.models import Paper, PreparedPaper, Sitting
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
    fit = PreparedPaper.objects.filter(sitting=sitting, drawn_for=sitting.draws_for)
    ready = waiting.filter(pk__in=fit.values("person"))
    return Readiness(ready.count(), waiting.count())


def prepare_papers(sitting: Sitting, *, limit: int | None = None) -> int:
    """Make the papers of those expected who have not begun; return how many are new.

    One who comes later has a paper drawn at the start. Raises
    ``BlueprintNotFeasible`` or ``NoPaper``; papers made until then stay.
    """
    stale = PreparedPaper.objects.filter(sitting=sitting)
    stale.exclude(drawn_for=sitting.draws_for).delete()
    freeze_shared_papers(sitting)
    ready = PreparedPaper.objects.filter(sitting=sitting)
    people = _waiting(sitting).exclude(pk__in=ready.values("person")).order_by("pk")
    done = 0
    for person in people[:limit]:
        paper = paper_for_person(sitting, person)
        view = view_of(paper)
        _row, is_new = PreparedPaper.objects.get_or_create(
            sitting=sitting,
            person=person,
            defaults={
                "paper": paper,
                "drawn_for": sitting.draws_for,
                **view._asdict(),
            },
        )
        done += is_new
    return done


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


def view_of(paper: Paper) -> CandidateView:
    """Return a paper as one new candidate sees it: tokens for ids, an own order."""
    secret, order_seed = secrets.token_hex(32), secrets.token_hex(8)
    shown = deliver(content_of(paper), secret=secret, order_seed=order_seed)
    return CandidateView(secret, order_seed, canonical_json(shown))


def _waiting(sitting):
    begun = sitting.attempts.values("person")
    people = people_expected(sitting).exclude(pk__in=begun)
    return Person.objects.filter(pk__in=people.values("pk"))
