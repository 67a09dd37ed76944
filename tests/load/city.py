"""The people and the exam of a run, written straight into the tables.

Passwords are hashed once for all, and most phones get their session from here: what is
measured is the exam, and sign-ins as many as the run asks for.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import connection, transaction
from django.utils.crypto import get_random_string

from courses.models import (
    ClassState,
    Enrolment,
    Programme,
    RecordSource,
    TrainingClass,
    TrainingRecord,
    TrainingResult,
)
from courses.services.records import RecordDraft, append_records
from exams.kinds import QuestionDraft
from exams.models import (
    Blueprint,
    BlueprintSection,
    KnowledgePoint,
    ProgrammeExam,
    QuestionBank,
    ReviewVerdict,
    Sitting,
)
from exams.services.bank import create_question, review_question
from lms.access.levels import Access
from lms.evidence import clock
from lms.people.models import Organisation, Person, Town, User

PASSWORD = "Under-load-2026"
BATCH = 2000
SESSION_S = 12 * 3600
HOURS = Decimal(8)
# Kind, questions in the bank, questions in the paper: fifty of three hundred.
PAPER = (
    ("single", 150, 25),
    ("multiple", 60, 10),
    ("true_false", 60, 10),
    ("fill", 30, 5),
)
POINTS = 10
# Short runs answer few questions: so low that many pass, and handing in writes it all.
PASS_MARK = 2


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in; ``session`` is that of a phone already signed in."""

    name: str
    session: str = ""


def make_sitting(*, minutes: float) -> Sitting:
    """Make a bank, a blueprint of fifty questions, and the final exam of a class."""
    author, reviewer = (_staff(name) for name in ("load-author", "load-reviewer"))
    bank = QuestionBank.objects.create(code="LOAD", name="负载题库")
    points = [KnowledgePoint.objects.create(name=f"知识点{n}") for n in range(POINTS)]
    number = 0
    for kind, count, _asked in PAPER:
        for _ in range(count):
            number += 1
            question = create_question(
                bank,
                code=f"L{number:04}",
                kind=kind,
                knowledge_point=points[number % POINTS],
                draft=_draft(kind, number),
                author=author,
            )
            review_question(question, reviewer=reviewer, verdict=ReviewVerdict.APPROVED)
    blueprint = Blueprint.objects.create(
        code="LOAD",
        title="安全生产培训结业考试",
        bank=bank,
        duration_min=int(minutes) + 60,
        pass_mark=PASS_MARK,
    )
    BlueprintSection.objects.bulk_create(
        BlueprintSection(
            blueprint=blueprint,
            title=kind,
            kind=kind,
            count=asked,
            marks=2,
            sort_order=place,
        )
        for place, (kind, _count, asked) in enumerate(PAPER)
    )
    programme = Programme.objects.create(
        code="LOAD",
        title="安全生产培训",
        audience="OTHER_STAFF",
        kind="SPECIAL_TOPIC",
        planned_hours=HOURS,
    )
    ProgrammeExam.objects.create(programme=programme, blueprint=blueprint)
    today = clock.today()
    training_class = TrainingClass.objects.create(
        number="吴培〔2026〕001",
        programme=programme,
        title=programme.title,
        planned_hours=HOURS,
        in_person_hours=HOURS,
        state=ClassState.EXAMINING,
        starts_on=today - dt.timedelta(days=3),
        ends_on=today + dt.timedelta(days=3),
        capacity=60_000,
    )
    now = clock.now()
    return Sitting.objects.create(
        title=blueprint.title,
        blueprint=blueprint,
        training_class=training_class,
        opens_at=now - dt.timedelta(minutes=1),
        closes_at=now + dt.timedelta(days=1),
    )


@transaction.atomic
def make_people(count: int, *, sitting: Sitting, signed_in: int) -> list[Account]:
    """Make so many people in the class; the last ``signed_in`` have a session.

    The others sign in with ``PASSWORD``.
    """
    employer = Organisation.objects.create(
        uscc="TEMP-LOAD", name="示例单位", town=Town.objects.first()
    )
    users = _make_users(count, "load")
    enrolments = _bulk(
        Enrolment(
            training_class=sitting.training_class,
            person=user.person,
            organisation=employer,
            hours_met_on=sitting.training_class.starts_on,
        )
        for user in users
    )
    append_records(_record_of(enrolment) for enrolment in enrolments)
    waiting = count - signed_in
    sessions = [""] * waiting + make_sessions(users[waiting:])
    return [
        Account(user.username, session)
        for user, session in zip(users, sessions, strict=True)
    ]


@transaction.atomic
def make_bystanders(count: int) -> list[Account]:
    """Make so many people who have an account and sit no exam."""
    return [Account(user.username) for user in _make_users(count, "beside")]


def make_sessions(users: list[User]) -> list[str]:
    """Sign users in, as the sign-in page leaves it: a row, and a copy in the cache."""
    engine = import_module(settings.SESSION_ENGINE).SessionStore
    expires = clock.now() + dt.timedelta(seconds=SESSION_S)
    model, keys, rows, kept = engine.get_model_class(), [], [], {}
    for user in users:
        key = get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789")
        data = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        text = engine().encode(data)
        keys.append(key)
        rows.append(model(session_key=key, session_data=text, expire_date=expires))
        kept[f"{engine.cache_key_prefix}{key}"] = data
    model.objects.bulk_create(rows, batch_size=BATCH)
    # Where each process has a cache of its own, this one's is thrown away with it.
    cache.set_many(kept, SESSION_S)
    return keys


def make_staff() -> Account:
    """Make a member of staff who may publish pages and import rosters."""
    user = _staff("load-staff", is_superuser=True)
    return Account(user.username, make_sessions([user])[0])


def settle() -> None:
    """Let the planner see the sizes, as a database that has run for a while does."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _staff(name, **fields):
    return User.objects.create(username=name, access=Access.CITY, **fields)


def _make_users(count, prefix) -> list[User]:
    password, now = make_password(PASSWORD), clock.now()
    people = _bulk(
        Person(
            name=f"示例{number:05}",
            id_key=f"{prefix}-{number}",
            id_sealed=b"-",
            id_masked="440899********0000",
            identity_checked_at=now,
        )
        for number in range(count)
    )
    return _bulk(
        User(username=f"{prefix}{number:05}", person=person, password=password)
        for number, person in enumerate(people)
    )


def _draft(kind, number):
    stem = f"第{number}题：进入有限空间作业前，下列关于通风、检测和监护的说法是？"
    texts = [f"第{n}种做法：先通风、再检测、后作业，并有专人监护" for n in range(4)]
    right = {"multiple": (0, 2)}.get(kind, (number % 4,))
    if kind == "fill":
        return QuestionDraft(stem=f"第{number}题：先____后作业。", blanks=[["通风"]])
    if kind == "true_false":
        answer = number % 2 == 0
        return QuestionDraft(
            stem=stem, options=[("正确", answer), ("错误", not answer)]
        )
    return QuestionDraft(
        stem=stem, options=[(text, n in right) for n, text in enumerate(texts)]
    )


def _record_of(enrolment) -> RecordDraft:
    """Return the record of the hours that are met, which a pass corrects."""
    training_class, employer = enrolment.training_class, enrolment.organisation
    record = TrainingRecord(
        person=enrolment.person,
        holder_name=enrolment.person.name,
        kind=training_class.programme.kind,
        employer=employer,
        town=employer.town,
        hours=training_class.planned_hours,
        done_on=enrolment.hours_met_on,
        result=TrainingResult.NOT_TAKEN,
        source=RecordSource.CLASS,
        enrolment=enrolment,
    )
    audiences = [training_class.programme.audience]
    return RecordDraft(record, audiences, training_class.planned_hours)


def _bulk(rows):
    rows = list(rows)
    return type(rows[0]).objects.bulk_create(rows, batch_size=BATCH) if rows else []
