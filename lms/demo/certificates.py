"""The demo city's certificates: recorded ones of ten years, and real proofs.

Repeatable: a person who holds a certificate already gets no other.
"""

import datetime as dt
import random
from collections.abc import Iterator

from dateutil.relativedelta import relativedelta
from django.db import transaction

from certificates.models import (
    Certificate,
    CertificateKind,
    Origin,
    ProgrammeProof,
    RuleSet,
)
from certificates.services import issue_awaiting
from certificates.services.cycles import link_cycles
from courses.models import Programme
from lms.evidence import clock
from lms.people.identity.numbers import seal
from lms.people.models import OrganisationKind, Post, Role

BEGIN = dt.date(2016, 1, 1)
LEGACY_UNTIL = dt.date(2019, 12, 31)
BATCH = 2000

HOLDS = {
    Role.SPECIAL_OPERATOR: 0.95,
    Role.PRINCIPAL: 0.92,
    Role.SAFETY_MANAGER: 0.93,
}


def seed_certificates(rng: random.Random, *, people: int) -> dict:
    """Give the demo's posts their certificates and issue what has been earned."""
    made = {"proofs": _programme_proofs(), "recorded": 0}
    today = clock.today()
    waiting = list(_posts_without().values_list("pk", flat=True))
    seen = set()
    for start in range(0, len(waiting), BATCH):
        posts = Post.objects.filter(pk__in=waiting[start : start + BATCH])
        posts = posts.select_related("person", "organisation", "item")
        made["recorded"] += _record(posts, today, seen)
    made["issued"] = issue_awaiting()
    return made


def _posts_without():
    """Posts that ask for a certificate, of people who hold none of that subject."""
    return (
        Post.objects.filter(
            role__in=HOLDS, organisation__kind=OrganisationKind.ENTERPRISE
        )
        .exclude(person__certificates__origin=Origin.RECORDED)
        .exclude(person__user__username="worker")
        .order_by("pk")
    )


def _programme_proofs():
    """Every programme earns the training proof; special operators' the hours proof."""
    training = CertificateKind.objects.get(code="TRAINING_PROOF")
    hours = CertificateKind.objects.get(code="HOURS_PROOF")
    made = 0
    for programme in Programme.objects.all():
        special = programme.audience == Role.SPECIAL_OPERATOR
        _proof, created = ProgrammeProof.objects.get_or_create(
            programme=programme,
            kind=hours if special else training,
            defaults={"valid_months": None if special else 36},
        )
        made += created
    return made


@transaction.atomic
def _record(posts, today, seen):
    kinds = {kind.code: kind for kind in CertificateKind.objects.all()}
    r2010 = RuleSet.objects.get(code="R2010")
    rows = []
    for post in posts:
        cycles = [
            row
            for row in _cycles_of(post, kinds, today, r2010)
            if (row.person_id, row.kind_id, row.subject) not in seen
        ]
        seen.update((row.person_id, row.kind_id, row.subject) for row in cycles)
        by_kind = {}
        for row in cycles:
            by_kind.setdefault(row.kind_id, []).append(row)
        for group in by_kind.values():
            link_cycles(group)
        rows.extend(cycles)
    Certificate.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _cycles_of(post, kinds, today, r2010) -> Iterator[Certificate]:
    """The certificates one post has led to, the same every time."""
    rng = random.Random(f"certificate-{post.pk}")  # noqa: S311 - a demo
    first = max(BEGIN, post.starts_on) + dt.timedelta(rng.randrange(10, 200))
    if first > today or rng.random() > HOLDS[post.role]:
        return
    if post.role == Role.SPECIAL_OPERATOR:
        yield from _special(post, kinds, rng, first, today, r2010)
        return
    high = post.organisation.is_high_hazard
    if (
        post.role == Role.SAFETY_MANAGER
        and first <= LEGACY_UNTIL
        and rng.random() < 0.25
    ):
        kind = kinds["GD_SAFETY_OFFICER_LEGACY"]
        yield _row(post, kind, first, first, first + relativedelta(years=3))
    if not high:
        yield _row(post, kinds["TRAINING_PROOF"], first, first, None)
        return
    start = first
    while start <= today:
        ends = start + relativedelta(years=3)
        yield _row(post, kinds["SAFETY_COMPETENCE"], first, start, ends)
        if rng.random() > 0.94:
            return
        start = ends - dt.timedelta(rng.randrange(1, 30))


def _special(post, kinds, rng, first, today, r2010):
    start = first
    while start <= today:
        row = _row(
            post,
            kinds["SPECIAL_OPERATION"],
            first,
            start,
            start + relativedelta(years=6),
        )
        number = f"T{post.person.id_number}"
        row.number = f"T{post.person.id_masked}"
        row.number_sealed = seal(number, context="certificate.number")
        row.review_due_on = r2010.review_due(start)
        if row.review_due_on:
            passed = row.review_due_on - dt.timedelta(rng.randrange(3, 55))
            if passed <= today and rng.random() < 0.93:
                row.review_passed_on = passed
        if rng.random() < 0.004:
            row.revoked_on = start + dt.timedelta(400)
            row.revoked_reason = "AUTHORITY"
        yield row
        if row.revoked_on or rng.random() > 0.93:
            return
        start = row.valid_to - dt.timedelta(rng.randrange(1, 50))


def _row(post, kind, first, start, ends):
    return Certificate(
        person=post.person,
        kind=kind,
        subject=post.item.code if post.item else post.role,
        role=post.role,
        item=post.item,
        issuing_system=post.issuing_system,
        organisation=post.organisation,
        origin=Origin.RECORDED,
        holder_name=post.person.name,
        id_masked=post.person.id_masked,
        issuing_authority=kind.authority,
        first_issued_on=first,
        valid_from=start,
        valid_to=ends,
        recorded_at=min(
            dt.datetime.combine(
                start + dt.timedelta(3), dt.time(9), tzinfo=clock.SHANGHAI
            ),
            clock.now(),
        ),
    )
