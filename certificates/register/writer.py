"""The public register: every entry chained to the one before (S2.5).

``certificates.register.checker`` recomputes the chain and shares no code with it.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from certificates.models import (
    GENESIS,
    Certificate,
    CertificateEvent,
    DailyHead,
    EventAction,
    RegisterHead,
)
from lms.evidence import clock
from lms.evidence.canonical_json import canonical_json, sha256_hex
from lms.people.models import Person

# What an entry calls the other certificate it names, by its action.
LINKS = {EventAction.ISSUE: "predecessor", EventAction.REPLACE: "successor"}


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """What happened to one certificate, and why.

    ``linked`` is the cycle before one that is issued, or after one that is replaced.
    """

    certificate: Certificate
    action: EventAction
    reason_class: str
    reason: str = ""
    linked: Certificate | None = None


def append_events(
    changes: Iterable[RegisterChange], *, now: dt.datetime, by=None
) -> list[CertificateEvent]:
    """Write what happened to some certificates at the end of the chain.

    Call it last in the transaction of the change itself: the head row is the lock
    all issuers share. ``by`` is the member of staff who caused it, None where a rule
    did; the chain holds the number of the account and names nobody. The typed reason
    stays beside the chain, which holds a salted hash of it: a changed reason is
    found, and an erased one leaves the chain whole and nothing to guess from.
    """
    head = RegisterHead.objects.select_for_update().get(pk=1)
    entries, previous = head.entries, head.hash
    events = []
    for change in changes:
        certificate, action = change.certificate, change.action
        entries += 1
        salt = secrets.token_hex(16) if change.reason else ""
        entry = canonical_json(
            {
                "action": action,
                "at": now.astimezone(dt.UTC).isoformat(timespec="seconds"),
                "certificate": str(certificate.uuid),
                "facts_sha256": sha256_hex(canonical_json(certificate.facts)),
                "kind": certificate.kind.code,
                "operator": str(by.pk) if by else "",
                "person": person_pseudonym(certificate.person),
                "position": entries,
                "reason_class": change.reason_class,
                "reason_sha256": salt and sha256_hex(salt + change.reason),
                "serial": certificate.serial or "",
                "subject": certificate.subject,
                "token_sha256": sha256_hex(certificate.token),
                "valid_from": certificate.valid_from.isoformat(),
                "valid_to": certificate.valid_to and certificate.valid_to.isoformat(),
            }
            | _link(change)
        )
        events.append(
            CertificateEvent(
                position=entries,
                certificate=certificate,
                action=action,
                reason_class=change.reason_class,
                reason=change.reason,
                reason_salt=salt,
                actor=by,
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


def _link(change):
    if change.action not in LINKS:
        return {}
    return {LINKS[change.action]: str(change.linked.uuid) if change.linked else ""}


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
