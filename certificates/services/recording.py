"""Recording what authorities state about certificates; nothing else writes these rows.

The import has a sheet of them, the back office one; both are checked, compared with
what is on record and written here. A cycle is (person, kind, subject, first day): the
same again with other facts is an update, a newer one replaces the older from its own
first day. A proof issued here changes only through the register.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction

from certificates.exceptions import (
    CertificateRefusal,
    DuplicateCycle,
    IssuedHere,
    NotRecordable,
    NotYourOrganisation,
    NotYourPerson,
    OnRecord,
)
from certificates.models import (
    Certificate,
    EarlierSuspension,
    RuleSet,
)
from certificates.services.cycles import link_cycles
from certificates.services.official_facts import OfficialFacts, draft_of, faults_in
from certificates.services.withdraw import ended_suspension
from lms.evidence import clock
from lms.evidence.audit import changes_between, record, record_each, values_of
from lms.people.models import Person
from lms.people.services.lookup import chunks, scope_of

# What the authority may say anew about a cycle we know; the rest is its key.
FACTS = (
    "holder_name",
    "organisation_id",
    "number",
    "first_issued_on",
    "valid_to",
    "review_due_on",
    "review_passed_on",
    "issuing_authority",
    "suspended_from",
    "suspended_to",
    "suspended_reason",
    "revoked_on",
    "revoked_reason",
    "cancelled_on",
    "cancelled_reason",
)
WRITTEN = [*(name.removesuffix("_id") for name in FACTS), "number_sealed"]


@transaction.atomic
def record_certificate(
    person: Person,
    facts: OfficialFacts,
    *,
    is_new: bool = False,
    reason: str = "",
    by=None,
    now: dt.datetime | None = None,
) -> Certificate:
    """Record what an authority says of one certificate of a person; return its row.

    The facts are all there are of the cycle: what is not among them is taken off the
    record. Repeating it changes nothing, unless it is said to be new: a form that asks
    less must not change a cycle on record. The audit trail gets a new row, or old and
    new values of a changed one. Raises ``NotYourPerson``, ``NotYourOrganisation``,
    ``NotRecordable`` with every fault, ``IssuedHere``, or ``OnRecord``.
    """
    _check_scope(person, facts.organisation, by)
    if faults := faults_in(facts):
        raise NotRecordable(faults)
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    row = draft_of(
        facts,
        document=person.id_number,
        rules=RuleSet.objects.get(code="R2010"),
        now=now or clock.now(),
    )
    stated = StatedCycle(person.id_key, row, is_complete=True)
    recording = Recording([stated], persons={person.id_key: person.pk}, lock=True)
    if stated.refusal:
        raise stated.refusal
    if is_new and stated.known:
        raise OnRecord
    recording.write(lambda stated: person.pk, reason=reason, by=by)
    if recording.new:
        values = values_of(row)
        del values["holder_name"]  # the trail holds no names of people
        record(
            "certificate.record",
            actor=by,
            subject=row,
            reason=reason,
            data={"values": values},
        )
    return stated.known or row


@dataclass
class StatedCycle:
    """A cycle as an authority states it, for a holder by ``id_key``.

    ``known`` is the row on record of that cycle, ``refusal`` why it is not written,
    once a ``Recording`` has compared it. ``source`` is the row of a sheet. Where it
    ``is_complete``, a suspension that is not in it is taken off the record.
    """

    holder: str
    certificate: Certificate
    source: object = None
    is_complete: bool = False
    known: Certificate | None = None
    refusal: CertificateRefusal | None = None

    @property
    def group(self) -> tuple:
        row = self.certificate
        return self.holder, row.kind_id, row.subject


class Recording:
    """Stated cycles beside those on record: what is new, what changes.

    ``persons`` has the keys of holders who are on record. ``lock`` keeps others from
    their certificates until ``write``.
    """

    def __init__(
        self, stated: Iterable[StatedCycle], *, persons: dict[str, int], lock: bool
    ):
        self.stated = list(stated)
        self.new: list[StatedCycle] = []
        self.changed: list[StatedCycle] = []
        self.unchanged: list[StatedCycle] = []
        self._changes: list[tuple[Certificate, dict]] = []
        self._ended: list[EarlierSuspension] = []
        self._groups = _groups_on_record(persons, lock=lock)
        seen = set()
        for one in self.stated:
            cycle = (*one.group, one.certificate.valid_from)
            if cycle in seen:
                one.refusal = DuplicateCycle()
            else:
                seen.add(cycle)
                self._compare(one)

    def write(
        self, person_of: Callable[[StatedCycle], int], *, reason: str = "", by=None
    ):
        """Write cycles and their links; ``person_of`` gives the holder of a new one."""
        for one in self.new:
            one.certificate.person_id = person_of(one)
        # Older cycles first: the database allows one open row at a time.
        linked = [
            row
            for group in self._groups.values()
            for row in link_cycles(group)
            if row.pk
        ]
        Certificate.objects.bulk_update(linked, ["replaced_on"], batch_size=500)
        changed = [one.known for one in self.changed]
        Certificate.objects.bulk_update(changed, WRITTEN, batch_size=500)
        record_each(
            "certificate.change_recorded", self._changes, actor=by, reason=reason
        )
        new = [one.certificate for one in self.new]
        Certificate.objects.bulk_create(new, batch_size=1000)
        EarlierSuspension.objects.bulk_create(self._ended, batch_size=1000)

    def _compare(self, one):
        group, stated = self._groups[one.group], one.certificate
        first = stated.valid_from
        known = next((row for row in group if row.valid_from == first), None)
        if any(row.is_issued and row.valid_from <= first for row in group):
            one.refusal = IssuedHere()
        elif known is None:
            group.append(stated)
            self.new.append(one)
        else:
            one.known = known
            self._change(one)

    def _change(self, one):
        known, stated = one.known, one.certificate
        if one.is_complete:
            _bring_back_suspension(known, stated)
        else:
            _keep_suspension(known, stated)
        if all(getattr(known, name) == getattr(stated, name) for name in FACTS):
            self.unchanged.append(one)
            return
        if _suspended_again(known, stated):
            self._ended += ended_suspension(known)
        before = values_of(known)
        for name in (*FACTS, "number_sealed"):
            setattr(known, name, getattr(stated, name))
        self.changed.append(one)
        self._changes.append((known, changes_between(before, values_of(known))))


def _check_scope(person, organisation, by):
    """Raise where a member of staff writes beyond the own scope, as an import would."""
    scope = scope_of(by)
    if scope is None:
        return
    if not Person.objects.visible_to(by).filter(pk=person.pk).exists():
        raise NotYourPerson
    if organisation is not None and organisation.pk not in scope:
        raise NotYourOrganisation


def _groups_on_record(persons, *, lock):
    """Every cycle of some persons, by holder, kind and subject."""
    groups = defaultdict(list)
    holders = {pk: key for key, pk in persons.items()}
    for chunk in chunks(sorted(holders)):
        rows = Certificate.objects.filter(person__in=chunk).order_by("pk")
        for row in rows.select_for_update() if lock else rows:
            groups[holders[row.person_id], row.kind_id, row.subject].append(row)
    return groups


def _keep_suspension(known, stated):
    """Keep a suspension on record of which a sheet says nothing."""
    if stated.suspended_from is None:
        stated.suspended_from = known.suspended_from
        stated.suspended_reason = known.suspended_reason
    if stated.suspended_from == known.suspended_from and stated.suspended_to is None:
        stated.suspended_to = known.suspended_to


def _bring_back_suspension(known, stated):
    """Put back the earlier suspension where the latest is taken off the record."""
    if stated.suspended_from or not known.suspended_from:
        return
    if last := known.earlier_suspensions.last():
        stated.suspended_from, stated.suspended_to = last.first_day, last.last_day
        stated.suspended_reason = last.reason_class


def _suspended_again(known, stated):
    """Whether the authority states a later suspension, not other dates of the same."""
    return (
        known.suspended_to is not None
        and stated.suspended_from is not None
        and stated.suspended_from > known.suspended_to
    )
