"""A phone that takes part in a sitting: the calls of the protocol, and its services."""

import datetime as dt
import json

from django.conf import settings
from django.test import Client

from exams.kinds.tokens import answers_digest, option_token
from exams.models import Attempt, Candidate
from exams.papers.values import read_item
from exams.services.answer_journal import save_answers
from exams.services.cards import card_of
from exams.services.seat import session_hash
from tests.factories.people import WorkerFactory
from tests.factories.sittings import CANARY


def token(attempt, option):
    return option_token(attempt.secret, option)


def right_answers(attempt):
    """What a phone sends that answers everything right, by slot."""
    return {
        "1": token(attempt, "1-2"),
        "2": sorted([token(attempt, "2-1"), token(attempt, "2-3")]),
        "3": token(attempt, "3-1"),
        "4": [CANARY],
        "5": token(attempt, "5-4"),
    }


class Phone:
    """A signed-in candidate and the calls of the protocol."""

    def __init__(self, sitting, user=None, *, listed=True):
        self.sitting = sitting
        self.user = user or WorkerFactory()
        if listed:
            Candidate.objects.get_or_create(sitting=sitting, person=self.user.person)
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(self.user)
        self.client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
        self.token = None
        self.epoch = None

    @property
    def session(self):
        return session_hash(self.client.session.session_key)

    def post(self, path, body=None, **headers):
        extra = {"x-csrftoken": "a" * 32} | headers
        if self.token:
            extra.setdefault("x-seat-token", self.token)
        extra = {name: value for name, value in extra.items() if value is not None}
        return self.client.post(
            path,
            body if isinstance(body, bytes) else json.dumps(body or {}),
            content_type="application/json",
            headers=extra,
        )

    def start(self, **body):
        response = self.post(f"/exams/sittings/{self.sitting.uuid}/start", body)
        if response.status_code == 200:
            self.adopt(response.json())
        return response

    def adopt(self, state):
        self.attempt = state["attempt"]
        self.token = state["seat_token"]
        self.epoch = state["seat_epoch"]
        self.paper = state["paper"]

    def option(self, slot, place=0):
        """A token as the paper shows it."""
        slots = [s for part in self.paper["sections"] for s in part["slots"]]
        return next(s for s in slots if s["slot"] == slot)["options"][place]["id"]

    @property
    def answers_path(self):
        return f"/exams/attempts/{self.attempt}/answers"

    def save(self, *items, **headers):
        rows = [
            {"seq": seq, "slot": slot, "value": value, "client_ms": 1}
            for seq, slot, value in items
        ]
        body = {"seat_epoch": self.epoch, "items": rows}
        return self.post(self.answers_path, body, **headers)

    def submit(self, answers, final_seq):
        return self.post(
            f"/exams/attempts/{self.attempt}/submit",
            {
                "seat_epoch": self.epoch,
                "final_seq": final_seq,
                "answers_sha256": answers_digest(answers),
            },
        )

    def take_seat(self):
        response = self.post(f"/exams/attempts/{self.attempt}/seat")
        if response.status_code == 200:
            self.adopt(response.json())
        return response

    def resume(self):
        return self.client.get(f"/exams/attempts/{self.attempt}")


def save(attempt, *rows, epoch=None, now=None):
    """Save answers as the service takes them: (number, slot, value) each."""
    card = card_of(str(attempt.uuid))
    items = [
        read_item(
            {"seq": seq, "slot": slot, "value": value},
            shape=card.shape,
            secret=card.secret,
        )
        for seq, slot, value in rows
    ]
    return save_answers(card, epoch=epoch or attempt.seat_epoch, items=items, now=now)


def answer_all(attempt, **kwargs):
    answers = right_answers(attempt)
    rows = [(n, slot, value) for n, (slot, value) in enumerate(answers.items(), 1)]
    return save(attempt, *rows, **kwargs)


def let_time_pass(attempt, **by):
    """Move the whole attempt into the past, as if the time had gone by."""
    delta = dt.timedelta(**by)
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=attempt.started_at - delta,
        deadline_at_start=attempt.deadline_at_start - delta,
        deadline=attempt.deadline - delta,
        grace_until=attempt.grace_until - delta,
    )
    attempt.refresh_from_db()
