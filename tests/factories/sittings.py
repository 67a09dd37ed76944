"""A sitting with one small paper, its candidates and their attempts."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from exams.models import Candidate, Paper, PaperKey, Sitting
from exams.services.attempts import start_attempt
from lms.evidence import clock
from lms.evidence.canonical_json import canonical_json, sha256_hex
from tests.factories.bank import BlueprintFactory
from tests.factories.people import PersonFactory

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


class SittingFactory(DjangoModelFactory):
    class Meta:
        model = Sitting

    title = "sitting"
    blueprint = factory.SubFactory(BlueprintFactory, pass_mark=6)
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
    text = canonical_json(content | {"title": seed})
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
