"""A city of invented people, made straight in the tables: posts, training, proofs."""

import datetime as dt
import random
from decimal import Decimal

from django.db import connection, transaction

from certificates.models import Certificate, CertificateKind, Origin
from courses.models import TrainingCredit, TrainingRecord
from lms.evidence.triggers import open_gate
from lms.people.models import OperationItem, Organisation, Person, Post, Town

PER_ENTERPRISE = 40
CHUNK = 5000
ROLES = ("PRINCIPAL", "SAFETY_MANAGER", *["SPECIAL_OPERATOR"] * 6)


@transaction.atomic
def build(people: int, *, seed: int = 1) -> None:
    """Make so many people in enterprises of forty, with five years of records."""
    rng = random.Random(seed)
    towns = list(Town.objects.all())
    items = list(OperationItem.objects.all())
    where = _bulk(
        Organisation(
            uscc=f"TEMP-B{number}",
            name=f"示例单位{number}",
            town=towns[number % len(towns)],
            high_hazard="yes" if number % 12 == 0 else "no",
        )
        for number in range(max(1, people // PER_ENTERPRISE))
    )
    who = _bulk(
        Person(
            name=f"示例{number}",
            id_key=f"bench-{number}",
            id_sealed=b"-",
            id_masked="440899********0000",
        )
        for number in range(people)
    )
    posts = _bulk(_post(rng, n, p, where, items) for n, p in enumerate(who))
    records = _bulk(row for post in posts for row in _records(rng, post))
    roles = {post.person_id: post.role for post in posts}
    _bulk(
        TrainingCredit(
            record=record,
            audience=roles[record.person_id],
            completed=rng.random() < 0.95,
        )
        for record in records
    )
    kinds = {kind.code: kind for kind in CertificateKind.objects.all()}
    _bulk(row for post in posts for row in _certificates(rng, post, kinds))


def _post(rng, number, person, where, items):
    place = number % PER_ENTERPRISE
    role = ROLES[place] if place < len(ROLES) else "OTHER_STAFF"
    start = dt.date(2012, 1, 1) + dt.timedelta(days=rng.randrange(2900))
    leaves = rng.random() < 0.2
    return Post(
        person=person,
        organisation=where[number // PER_ENTERPRISE % len(where)],
        role=role,
        item=rng.choice(items) if role == "SPECIAL_OPERATOR" else None,
        starts_on=start,
        ends_on=start + dt.timedelta(days=rng.randrange(400, 4000)) if leaves else None,
    )


def _records(rng, post):
    for number in range(rng.choice((0, 1, 1, 2, 3))):
        done = dt.date(2015, 7, 1) + dt.timedelta(days=rng.randrange(2000))
        passed = rng.random() < 0.9
        yield TrainingRecord(
            person=post.person,
            holder_name="示例",
            kind="INITIAL" if number == 0 else "ANNUAL",
            item=post.item,
            employer=post.organisation,
            town=post.organisation.town,
            high_hazard=post.organisation.is_high_hazard,
            hours=Decimal(48),
            done_on=done,
            result="passed" if passed else "failed",
            passed_on=done if passed else None,
            source="import",
        )


def _certificates(rng, post, kinds):
    code = {
        "SPECIAL_OPERATOR": "SPECIAL_OPERATION",
        "PRINCIPAL": "SAFETY_COMPETENCE",
        "SAFETY_MANAGER": "TRAINING_PROOF",
    }.get(post.role)
    if code is None or rng.random() < 0.12:
        return
    since = dt.date(2013, 1, 1) + dt.timedelta(days=rng.randrange(2500))
    due = since.replace(day=min(since.day, 28), year=since.year + 3)
    yield Certificate(
        person=post.person,
        kind=kinds[code],
        subject=post.item.code if post.item else post.role,
        role="" if post.item else post.role,
        item=post.item,
        origin=Origin.RECORDED,
        holder_name="示例",
        id_masked="440899********0000",
        first_issued_on=since,
        valid_from=since,
        valid_to=due.replace(year=due.year + 3),
        review_due_on=due if post.item else None,
        review_passed_on=due if post.item and rng.random() < 0.8 else None,
    )


def _bulk(rows):
    rows = list(rows)
    if rows:
        type(rows[0]).objects.bulk_create(rows, batch_size=CHUNK)
    return rows


def analyse() -> None:
    """Let the planner see the sizes, as a running database would have."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def forget() -> None:
    """Remove every invented row; evidence goes through the gate, as retention does."""
    with open_gate(reason="benchmark"):
        for model in (TrainingCredit, TrainingRecord):
            model.objects.all()._raw_delete("default")
    for model in (Certificate, Post, Person, Organisation):
        model.objects.all()._raw_delete("default")
