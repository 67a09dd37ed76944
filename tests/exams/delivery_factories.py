"""A sitting with one small paper, and a phone that takes part in it."""

import datetime as dt
import json
import uuid

import factory
from django.conf import settings
from django.test import Client
from factory.django import DjangoModelFactory

from exams.kinds.tokens import answers_digest, option_token
from exams.models import (
    Attempt,
    Blueprint,
    Candidate,
    Paper,
    PaperKey,
    QuestionBank,
    Sitting,
)
from exams.papers.values import read_item
from exams.services.answers import save_answers
from exams.services.attempts import start_attempt
from exams.services.cards import card_of
from exams.services.seat import session_hash
from lms.evidence import clock
from lms.evidence.canonical import canonical, sha256_hex
from lms.people.models import Person, User

CANARY = "CANARY-7f3a"


def options(slot, count):
    return [{"id": f"{slot}-{n}", "text": f"option {n}"} for n in range(1, count + 1)]


CONTENT = {
    "version": 1,
    "title": "paper",
    "sections": [
        {
            "title": "all",
            "slots": [
                {"slot": "1", "type": "single", "stem": "a", "marks": "2"}
                | {"options": options(1, 3)},
                {"slot": "2", "type": "multiple", "stem": "b", "marks": "2"}
                | {"options": options(2, 4)},
                {"slot": "3", "type": "true_false", "stem": "c", "marks": "2"}
                | {"options": options(3, 2)},
                {"slot": "4", "type": "fill", "stem": "d ___", "marks": "2"}
                | {"blanks": 1},
                {"slot": "5", "type": "single", "stem": "e", "marks": "2"}
                | {"options": options(5, 4)},
            ],
        }
    ],
}
ANSWERS = {
    "1": ("single", ["1-2"]),
    "2": ("multiple", ["2-1", "2-3"]),
    "3": ("true_false", ["3-1"]),
    "5": ("single", ["5-4"]),
}
KEY = {
    slot: {
        "type": kind,
        "marks": "2",
        "scoring": "all_or_nothing",
        "answer": answer,
        "explain": CANARY,
        "basis": CANARY,
    }
    for slot, (kind, answer) in ANSWERS.items()
} | {
    "4": {
        "type": "fill",
        "marks": "2",
        "scoring": "all_or_nothing",
        "answer": [[CANARY]],
        "explain": CANARY,
        "basis": CANARY,
    }
}


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = Person

    name = factory.Sequence(lambda n: f"学员{n}")
    id_key = factory.LazyFunction(lambda: uuid.uuid4().hex)
    id_sealed = b""
    identity_checked_at = factory.LazyFunction(clock.now)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.LazyFunction(lambda: uuid.uuid4().hex)
    person = factory.SubFactory(PersonFactory)


class BankFactory(DjangoModelFactory):
    class Meta:
        model = QuestionBank

    code = factory.LazyFunction(lambda: uuid.uuid4().hex)
    name = "bank"


class BlueprintFactory(DjangoModelFactory):
    class Meta:
        model = Blueprint

    code = factory.LazyFunction(lambda: uuid.uuid4().hex)
    title = "blueprint"
    bank = factory.SubFactory(BankFactory)
    duration_min = 60
    pass_mark = 6


class SittingFactory(DjangoModelFactory):
    class Meta:
        model = Sitting

    title = "sitting"
    blueprint = factory.SubFactory(BlueprintFactory)
    opens_at = factory.LazyFunction(lambda: clock.now() - dt.timedelta(hours=1))
    closes_at = factory.LazyFunction(lambda: clock.now() + dt.timedelta(hours=1))
    variants = 1


class CandidateFactory(DjangoModelFactory):
    class Meta:
        model = Candidate

    sitting = factory.SubFactory(SittingFactory)
    person = factory.SubFactory(PersonFactory)


def make_sitting(content=CONTENT, key=KEY, **fields):
    """A sitting whose shared papers are frozen already: one, or so many variants."""
    sitting = SittingFactory(**fields)
    for number in range(sitting.variants):
        add_paper(sitting, number=number, content=content, key=key)
    return sitting


def another_sitting(sitting, **more):
    """A later sitting of the same class, with papers of its own."""
    fields = ("training_class", "blueprint", "opens_at", "closes_at", "variants")
    later = Sitting.objects.create(
        **{"title": "make-up"}
        | {name: getattr(sitting, name) for name in fields}
        | more
    )
    for number in range(later.variants):
        add_paper(later, number=number)
    return later


def add_paper(sitting, *, number, content=CONTENT, key=KEY):
    """Freeze one more paper of a sitting, unlike any other."""
    seed = f"{sitting.uuid}:{number}"
    text = canonical(content | {"title": seed})
    paper = Paper.objects.create(
        blueprint=sitting.blueprint,
        seed=seed,
        content=text,
        content_sha256=sha256_hex(text),
        duration_s=3600,
        pass_mark=6,
        total_marks=10,
    )
    PaperKey.objects.create(paper=paper, key=key)


def make_attempt(sitting=None, *, person=None, now=None, session="s"):
    """A running attempt of a candidate."""
    sitting = sitting or make_sitting()
    person = person or PersonFactory()
    CandidateFactory(sitting=sitting, person=person)
    return start_attempt(sitting, person=person, now=now, session=session)


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
        self.user = user or UserFactory()
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
