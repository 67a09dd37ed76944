"""P1 and P2: saving answers, with all protections on, against ``savetok``.

Each side is its own WSGI application with its own middleware, called in turn in one
process with the bytes a phone sends. Every request is a new answer of one of many
attempts, so both always write.
"""

import itertools
import re
from collections.abc import Iterator

from django.core.handlers.wsgi import WSGIHandler

from exams.models import Attempt
from exams.services.seat import issue_token, session_hash
from tests.benchmarks.floors import savetok
from tests.benchmarks.harness import Row, compare
from tests.benchmarks.phone import environ, send

ATTEMPTS = 200
SESSION = "k" * 32
ACKNOWLEDGED = re.compile(rb'"acked": ?\[\d')
# Every caller of the floor has numbers of its own: one used before writes nothing.
_floor_numbers = itertools.count(1, 100_000)
ROWS = {
    "P1": ("save 1 changed answer", 1, 1.5, 1.15),
    "P2": ("save 10 changed answers in one request", 10, 2.0, 1.4),
}


def rows(only: list[str]) -> Iterator[Row]:
    """Measure the rows that are wanted."""
    wanted = [code for code in ROWS if not only or code in only]
    if not wanted:
        return
    savetok.create(ATTEMPTS)
    product_app, floor_app = WSGIHandler(), savetok.FloorHandler()
    for code in wanted:
        what, size, gate, aim = ROWS[code]
        yield compare(
            code,
            what,
            product=_caller(product_app, _product_requests(_attempts(), size, 1)),
            floor=_caller(floor_app, _floor_requests(size)),
            gate=gate,
            aim=aim,
            calls=100,
            rounds=41,
        )


def _attempts():
    from tests.factories.sittings import make_attempt, make_sitting

    sitting = make_sitting()
    session = session_hash(SESSION)
    for _number in range(ATTEMPTS):
        make_attempt(sitting, session=session)
    return list(Attempt.objects.filter(sitting=sitting))


def _product_requests(attempts, size, first):
    """Yield the next answers of each attempt in turn, numbered as a phone does."""
    seats = [(attempt, _token(attempt), _answers(attempt)) for attempt in attempts]
    for start in itertools.count(first, size):
        for attempt, token, answers in seats:
            items = [
                {"seq": start + n, "slot": slot, "value": value, "client_ms": 1}
                for n, (slot, value) in enumerate(itertools.islice(answers, size))
            ]
            yield {
                "path": f"/exams/attempts/{attempt.uuid}/answers",
                "token": token,
                "body": {"seat_epoch": 1, "items": items},
            }


def _token(attempt):
    return issue_token(
        str(attempt.uuid),
        person_id=attempt.person_id,
        epoch=1,
        session=attempt.seat_session,
    )


def _answers(attempt):
    from tests.exams.phone import right_answers

    return itertools.cycle(right_answers(attempt).items())


def _floor_requests(size):
    for start in itertools.count(next(_floor_numbers), size):
        for attempt in range(1, ATTEMPTS + 1):
            items = [
                {"seq": start + n, "slot": "1", "value": "A" * 16, "client_ms": 1}
                for n in range(size)
            ]
            yield {
                "path": "/save",
                "token": savetok.token_for(attempt),
                "body": {"items": items},
            }


def _caller(app, requests):
    """Return a call that sends the next request; making it costs both sides alike."""
    environs = (environ(session=SESSION, **request) for request in requests)

    def call():
        body = send(app, next(environs))
        if not ACKNOWLEDGED.search(body):
            raise AssertionError(body)

    return call


def floor_caller():
    """Return a call of ``savetok`` that saves one answer, on tables of its own."""
    savetok.create(ATTEMPTS)
    return _caller(savetok.FloorHandler(), _floor_requests(1))
