"""The public register: every entry chained to the one before (S2.5).

``certificates.register.checker`` recomputes the chain and shares no code with it.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from certificates.models import (
    GENESIS,
    Certificate,
    CertificateEvent,
    DailyHead,
    RegisterHead,
)
from lms.evidence import clock
from lms.evidence.canonical_json import canonical_json, sha256_hex
from lms.people.models import Person


def append_events(
    changes: Iterable[tuple[Certificate, str]],
    *,
    now: dt.datetime,
    reason_class: str = "",
    reason: str = "",
    actor=None,
) -> list[CertificateEvent]:
    """Write what happened to some certificates at the end of the chain.

    Call it last in the transaction of the change itself: the head row is the lock
    all issuers share. ``reason`` stays beside the chain, so that erasing words
    about a person leaves it whole.
    """
    head = RegisterHead.objects.select_for_update().get(pk=1)
    entries, previous = head.entries, head.hash
    events = []
    for certificate, action in changes:
        entries += 1
        entry = canonical_json(
            {
                "action": action,
                "at": now.astimezone(dt.UTC).isoformat(timespec="seconds"),
                "certificate": str(certificate.uuid),
                "facts_sha256": sha256_hex(canonical_json(certificate.facts)),
                "kind": certificate.kind.code,
                "person": person_pseudonym(certificate.person),
                "position": entries,
                "reason_class": reason_class,
                "serial": certificate.serial or "",
                "subject": certificate.subject,
                "token_sha256": sha256_hex(certificate.token),
                "valid_from": certificate.valid_from.isoformat(),
                "valid_to": certificate.valid_to and certificate.valid_to.isoformat(),
            }
        )
        events.append(
            CertificateEvent(
                position=entries,
                certificate=certificate,
                action=action,
                reason_class=reason_class,
                reason=reason,
                actor=actor,
                at=now,
                entry=entry,
                previous=previous,
                hash=sha256_hex(previous + entry),
            )
        )
        previous = events[-1].hash
    CertificateEvent.objects.bulk_create(events)
    # select_for_update is nothing on SQLite: the guarded update is the lock there.
    moved = RegisterHead.objects.filter(pk=1, entries=head.entries).update(
        entries=entries, hash=previous
    )
    if not moved:
        raise IntegrityError("the register head has moved")
    return events


@transaction.atomic
def publish_heads(*, now: dt.datetime | None = None) -> int:
    """Write down the head of every day that has ended since; return how many.

    Repeating it changes nothing. A day without entries repeats the head before.
    """
    yesterday = clock.day_of(now or clock.now()) - dt.timedelta(days=1)
    first = CertificateEvent.objects.first()
    if first is None:
        return 0
    last = DailyHead.objects.first()
    day = last.day + dt.timedelta(days=1) if last else clock.day_of(first.at)
    heads = []
    while day <= yesterday:
        heads.append(_head_of(day))
        day += dt.timedelta(days=1)
    DailyHead.objects.bulk_create(heads, ignore_conflicts=True)
    return len(heads)


def person_pseudonym(person: Person) -> str:
    """Return the register's name of a person: of the random uuid, not the number."""
    return hashlib.sha256(b"register:" + person.uuid.bytes).hexdigest()[:32]


def _head_of(day):
    midnight = dt.datetime.combine(
        day + dt.timedelta(days=1), dt.time(), tzinfo=clock.SHANGHAI
    )
    last = CertificateEvent.objects.filter(at__lt=midnight).last()
    return DailyHead(
        day=day,
        entries=last.position if last else 0,
        hash=last.hash if last else GENESIS,
    )
