"""Finished demo exams: sat through the ordinary services, answer by answer."""

import datetime as dt
import random

from courses.models import Enrolment
from exams.kinds import kind_of
from exams.models import Attempt, PaperKey, Sitting
from exams.papers.values import read_item
from exams.services.answer_journal import save_answers
from exams.services.attempts import start_attempt
from exams.services.cards import card_of
from exams.services.submission import submit
from exams.views.presentation import slots_of
from lms.evidence import clock

SECONDS_A_QUESTION = 40
GOOD, WEAK = 0.96, 0.6


def seed_attempts(rng: random.Random) -> int:
    """Let every learner who has met the hours and sat no exam sit it; return how many.

    Two of three know their subject. The dates lie after the hours were met and
    before now; answers arrive one by one, some are changed again.
    """
    made = 0
    ready = Enrolment.objects.admitted().filter(
        hours_met_on__isnull=False, passed_on=None, attempts=None
    )
    for enrolment in ready.select_related("person").order_by("pk"):
        sitting = Sitting.objects.filter(
            training_class=enrolment.training_class_id
        ).first()
        begins = dt.datetime.combine(
            enrolment.hours_met_on + dt.timedelta(days=1),
            dt.time(9, rng.randrange(60)),
            tzinfo=clock.SHANGHAI,
        )
        if sitting is None or begins + dt.timedelta(hours=1) > clock.now():
            continue
        knows = GOOD if rng.random() < 2 / 3 else WEAK
        _sit(sitting, enrolment.person, rng, begins=begins, knows=knows)
        made += 1
    return made


def _sit(sitting, person, rng, *, begins, knows):
    if person.identity_checked_at is None:
        person.identity_checked_at = begins
        person.save(update_fields=["identity_checked_at"])
    attempt = start_attempt(sitting, person=person, now=begins, session="demo")
    card = card_of(str(attempt.uuid))
    right = right_values(attempt)
    moment = begins
    seq = 0
    for slot in slots_of(attempt):
        name = slot["slot"]
        values = [right[name]]
        if rng.random() > knows:
            values = [kind_of(slot["type"]).guess(slot, rng)]
        elif rng.random() < 0.1:
            values.insert(0, kind_of(slot["type"]).guess(slot, rng))
        for value in values:
            seq += 1
            moment += dt.timedelta(seconds=rng.randrange(10, SECONDS_A_QUESTION))
            raw = {
                "seq": seq,
                "slot": name,
                "value": value,
                "client_ms": int(moment.timestamp() * 1000),
            }
            item = read_item(raw, shape=card.shape, secret=card.secret)
            save_answers(card, epoch=attempt.seat_epoch, items=[item], now=moment)
    moment += dt.timedelta(seconds=30)
    submit(attempt, seat_epoch=attempt.seat_epoch, final_seq=seq, now=moment)


def right_values(attempt: Attempt) -> dict:
    """Return what a phone would send that answers every question right."""
    key = PaperKey.objects.get(paper=attempt.paper_id).key
    return {
        slot: kind_of(entry["type"]).right_value(entry, secret=attempt.secret)
        for slot, entry in key.items()
    }
