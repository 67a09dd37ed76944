"""P6, P7 and P9: the pages of a signed-in person, and one that nobody has asked for.

P6 and P7 stand to ``savetok``, whose speed says how fast the machine is just now; P9
to the same page of a plain Wagtail project.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler
from django.urls import reverse

from certificates.models import CertificateKind, ProgrammeProof
from lms.web import page_cache
from tests.benchmarks.bench_save import floor_caller
from tests.benchmarks.floors import wagtail
from tests.benchmarks.harness import Row, compare
from tests.benchmarks.others import add_others
from tests.benchmarks.phone import environ, send

# Requests a second of ``savetok`` to which the gates are told (docs/performance.md).
SAVES = 1_600
LESSONS = 12
QUESTIONS = 50
PEOPLE = 20


def rows(only: list[str]) -> Iterator[Row]:
    """Yield the rows asked for; all when ``only`` is empty."""
    if not only or {"P6", "P7"} & set(only):
        yield from _signed_in(only)
    if not only or "P9" in only:
        yield _anonymous()


def _signed_in(only):
    site = WSGIHandler()
    pages = make_pages()
    wanted = {
        "exam": ("P6", "exam of 50 questions, the page of the runner", 150, 300),
        "programme": ("P7", "programme with its lessons", 180, 330),
        "lesson": ("P7", "lesson", 180, 330),
        "learn": ("P7", "my training", 180, 330),
    }
    floor = floor_caller()
    for name, (code, what, gate, aim) in wanted.items():
        if only and code not in only:
            continue
        asked = itertools.cycle(pages[name])
        yield compare(
            code,
            what,
            product=lambda asked=asked: get(site, *next(asked)),
            floor=floor,
            gate=round(SAVES / gate, 1),
            aim=round(SAVES / aim, 1),
            calls=PEOPLE,
        )


def _anonymous():
    from lms.demo.campaigns import seed_campaigns

    seed_campaigns(random.Random(0))
    site, floor = WSGIHandler(), wagtail.application()

    def missed():
        page_cache.purge()
        get(site, "/")

    return compare(
        "P9",
        "anonymous home page, not kept",
        product=missed,
        floor=lambda: get(floor, "/"),
        gate=1.5,
        aim=3,
        calls=20,
        at_least=True,
    )


def make_pages() -> dict[str, list[tuple[str, str]]]:
    """Make people amid a class and an exam; return (address, session) of each page."""
    from tests.factories.classes import EnrolmentFactory, course, enrolled_in
    from tests.factories.people import WorkerFactory
    from tests.factories.sittings import CONTENT, make_attempt, make_sitting

    words = [("paragraph", "<p>" + "安全第一，预防为主，综合治理。" * 60 + "</p>")] * 5
    page = course(*({"minimum_seconds": 60, "body": words} for _ in range(LESSONS)))
    first = enrolled_in(page, hours=8)
    kind = CertificateKind.objects.get(code="TRAINING_PROOF")
    programme = first.training_class.programme
    ProgrammeProof.objects.create(programme=programme, kind=kind)
    make_sitting(training_class=first.training_class)
    slots = CONTENT["sections"][0]["slots"]
    asked = [
        slots[n % len(slots)] | {"slot": str(n + 1), "stem": "下列哪一项是正确的？" * 3}
        for n in range(QUESTIONS)
    ]
    content = CONTENT | {"sections": [{"title": "all", "slots": asked}]}
    sitting = make_sitting(content=content)
    lesson = page.lessons()[3]
    found = {"exam": [], "programme": [], "lesson": [], "learn": []}
    for _number in range(PEOPLE):
        user = WorkerFactory()
        enrolment = EnrolmentFactory(
            training_class=first.training_class, person=user.person
        )
        session = sign_in(user)
        uuid = enrolment.uuid
        found["learn"].append((reverse("courses:home"), session))
        found["programme"].append((reverse("courses:enrolment", args=[uuid]), session))
        found["lesson"].append(
            (reverse("courses:lesson", args=[uuid, lesson.pk]), session)
        )
        sitter = WorkerFactory()
        attempt = make_attempt(sitting, person=sitter.person, session="")
        page_of_attempt = reverse("exams:run", args=[attempt.uuid])
        found["exam"].append((page_of_attempt, sign_in(sitter)))
    add_others(attempt, enrolment)
    return found


def sign_in(user) -> str:
    """Return the key of a new session of a user."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def get(application: Callable, path: str, session: str = "") -> bytes:
    """Send one GET as a browser does and return the body, which must be a page."""
    path, _mark, query = path.partition("?")
    request = environ(path, session=session)
    if not session:
        del request["HTTP_COOKIE"]
    request |= {"QUERY_STRING": query, "HTTP_ACCEPT_ENCODING": "gzip"}
    return send(application, request)
