"""P4 and P5: beginning an exam of fifty questions, and handing it in.

The gates are rates of a machine on which ``savetok`` does 1,600 a second; here they
are ratios to it. Each side is a WSGI application called with the bytes a phone sends.
"""

import itertools
import json
from collections.abc import Iterator

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from exams.kinds.tokens import answers_digest
from exams.models import Attempt
from exams.papers.values import read_item
from exams.services.answer_journal import save_answers
from exams.services.bank import QuestionDraft
from exams.services.cards import card_of
from exams.services.prepared_papers import prepare_papers
from tests.benchmarks.bench_save import floor_caller
from tests.benchmarks.harness import Row, compare
from tests.benchmarks.others import add_others
from tests.benchmarks.phone import environ, send
from tests.factories.bank import (
    BlueprintFactory,
    BlueprintSectionFactory,
    KnowledgePointFactory,
    make_question,
)
from tests.factories.people import WorkerFactory
from tests.factories.sittings import CandidateFactory, SittingFactory

QUESTIONS, IN_BANK, TOPICS = 50, 120, 6
CALLS, ROUNDS = 20, 11
CANDIDATES = CALLS * (ROUNDS + 1)  # one more round warms up
FLOOR_A_SECOND = 1600
STEM = (
    "作业人员进入有限空间之前，应当先通风、再检测、后作业。下列说法中正确的是哪一项？"
)


def rows(only: list[str]) -> Iterator[Row]:
    """Measure the rows that are wanted."""
    wanted = {"P4", "P5"} & set(only or ("P4", "P5"))
    if not wanted:
        return
    sitting = _sitting()
    sessions = [_candidate(sitting) for _ in range(CANDIDATES)]
    prepare_papers(sitting)
    site, floor = WSGIHandler(), floor_caller()
    begun = []
    waiting = iter(sessions)

    def begin():
        session = next(waiting)
        path = f"/exams/sittings/{sitting.uuid}/start"
        begun.append((session, send(site, _post(path, session, {}))))

    if "P4" in wanted:
        yield _row("P4", "begin an exam of 50 questions", begin, floor, 220, 467)
    if "P5" not in wanted:
        return
    while len(begun) < CANDIDATES:
        begin()
    add_others(Attempt.objects.filter(sitting=sitting).latest("pk"))
    written = iter([(session, *_answer_all(state)) for session, state in begun])

    def hand_in():
        session, attempt, token, body = next(written)
        path = f"/exams/attempts/{attempt}/submit"
        send(site, environ(path, session=session, body=body, token=token))
        page = environ(f"/exams/attempts/{attempt}/result/", session=session)
        if "100" not in send(site, page).decode():
            raise AssertionError("no result")

    yield _row("P5", "hand in, mark, read the result", hand_in, floor, 210, 420)


def _row(code, what, product, floor, gate, aim):
    return compare(
        code,
        what,
        product=product,
        floor=floor,
        gate=round(FLOOR_A_SECOND / gate, 1),
        aim=round(FLOOR_A_SECOND / aim, 1),
        calls=CALLS,
        rounds=ROUNDS,
    )


def _post(path, session, body):
    return environ(path, session=session, body=body)


def _sitting():
    blueprint = BlueprintFactory(pass_mark=60)
    options = [(f"第 {n} 种做法：先报告班组长，再按规程操作", n == 2) for n in range(4)]
    points = [KnowledgePointFactory() for _ in range(TOPICS)]
    for number in range(IN_BANK):
        draft = QuestionDraft(f"{number} {STEM}", options)
        point = points[number % TOPICS]
        code = f"Q{number}"
        make_question(blueprint.bank, "single", code=code, draft=draft, point=point)
    BlueprintSectionFactory(blueprint=blueprint, kind="single", count=QUESTIONS)
    return SittingFactory(blueprint=blueprint, variants=0)


def _candidate(sitting):
    """Return the session of a new candidate."""
    user, client = WorkerFactory(), Client()
    CandidateFactory(sitting=sitting, person=user.person)
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _answer_all(answer):
    """Answer every question; return attempt, seat token and body of its hand-in."""
    state = json.loads(answer)
    attempt = Attempt.objects.get(uuid=state["attempt"])
    slots = [slot for part in state["paper"]["sections"] for slot in part["slots"]]
    answers = {slot["slot"]: slot["options"][0]["id"] for slot in slots}
    card, numbers = card_of(str(attempt.uuid)), itertools.count(1)
    items = [
        read_item(
            {"seq": next(numbers), "slot": slot, "value": value},
            shape=card.shape,
            secret=card.secret,
        )
        for slot, value in answers.items()
    ]
    save_answers(card, epoch=1, items=items)
    return (
        attempt.uuid,
        state["seat_token"],
        {
            "seat_epoch": 1,
            "final_seq": len(items),
            "answers_sha256": answers_digest(answers),
        },
    )
