"""Appending training records, one or many; nothing else creates them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import prefetch_related_objects

from courses.hours.judgement import (
    HourRow,
    HourTable,
    TrainingLine,
    TrainingVerdict,
    judge,
)
from courses.models import HourRule, TrainingCredit, TrainingRecord
from lms.evidence import clock
from lms.people.models import Person

CHUNK = 500

COPIED = (
    "person_id",
    "holder_name",
    "kind",
    "item_id",
    "employer_id",
    "town_id",
    "high_hazard",
    "hours",
    "plant_hours",
    "workshop_hours",
    "team_hours",
    "done_on",
    "result",
    "passed_on",
    "source",
    "enrolment_id",
    "row_key",
)


@dataclass(slots=True)
class RecordDraft:
    """A record about to be appended, and the audiences it is for."""

    record: TrainingRecord
    audiences: Sequence[str]
    planned_hours: Decimal | None = None


@dataclass(slots=True)
class _Entry:
    """A record with what each audience is judged by: a draft, or one that stands."""

    record: TrainingRecord
    matrix: dict[str, Decimal | None]
    planned: dict[str, Decimal | None]
    verdicts: dict[str, TrainingVerdict]
    new: bool


def load_hour_table() -> HourTable:
    """Return the hours matrix as the database has it now."""
    fields = ("audience", "high_hazard", "kind", "hours", "valid_from", "valid_to")
    return HourTable(HourRow(*row) for row in HourRule.objects.values_list(*fields))


def copy_of(record: TrainingRecord, *, now: dt.datetime, **changes) -> TrainingRecord:
    """Return an unsaved record that corrects another one."""
    facts = {name: getattr(record, name) for name in COPIED} | changes
    return TrainingRecord(corrects=record, recorded_at=now, **facts)


def lock_persons(persons: Collection[int]) -> None:
    """Lock persons, so that their training is counted by one transaction at a time.

    Lock order, against deadlocks: person, session or enrolment, progress.
    """
    list(
        Person.objects.select_for_update(no_key=True)
        .filter(pk__in=persons)
        .order_by("pk")
        .values_list("pk")
    )


@transaction.atomic
def append_records(
    drafts: Iterable[RecordDraft], *, now: dt.datetime | None = None
) -> list[TrainingRecord]:
    """Append records with their verdicts; return the new ones, drafts first.

    The persons are the lock. Records that stand and whose verdict changes, because
    an earlier training arrived late, get a correcting record of their own: nothing
    is ever updated. What comes out does not depend on the order of arrival.
    """
    now = now or clock.now()
    drafts = list(drafts)
    table = load_hour_table()
    prefetch_related_objects([d.record for d in drafts], "corrects__credits")
    entries = [_enter(draft, table) for draft in drafts]
    persons = sorted({e.record.person_id for e in entries if e.record.person_id})
    corrected = {e.record.corrects_id for e in entries if e.record.corrects_id}
    standing = list(_standing(persons, corrected))
    for group in _by_person(entries + standing):
        _judge_group(group)
    corrections = [
        _Entry(copy_of(e.record, now=now), e.matrix, e.planned, e.verdicts, new=True)
        for e in standing
        if _changed(e)
    ]
    return _save(entries + corrections)


def _enter(draft: RecordDraft, table: HourTable) -> _Entry:
    record = draft.record
    stored = {}
    if record.corrects_id:
        stored = {credit.audience: credit for credit in record.corrects.credits.all()}
    matrix, planned = {}, {}
    for audience in draft.audiences:
        if audience in stored:
            # The number once used stays: hours loaded later change no past figure.
            matrix[audience] = stored[audience].matrix_hours
            planned[audience] = _planned(stored[audience])
            continue
        matrix[audience] = table.hours(
            audience,
            high_hazard=record.high_hazard,
            kind=record.kind,
            day=record.done_on,
        )
        planned[audience] = draft.planned_hours
    return _Entry(record, matrix, planned, {}, new=True)


def _planned(credit: TrainingCredit) -> Decimal | None:
    return credit.required_hours if credit.matrix_hours is None else None


def _standing(persons: list[int], corrected: set[int]) -> Iterator[_Entry]:
    for start in range(0, len(persons), CHUNK):
        chunk = persons[start : start + CHUNK]
        lock_persons(chunk)
        records = (
            TrainingRecord.objects.current()
            .filter(person__in=chunk)
            .order_by()
            .prefetch_related("credits")
        )
        for record in records:
            if record.pk in corrected:
                continue
            credits = list(record.credits.all())
            yield _Entry(
                record,
                {credit.audience: credit.matrix_hours for credit in credits},
                {credit.audience: _planned(credit) for credit in credits},
                {},
                new=False,
            )


def _by_person(entries: list[_Entry]) -> Iterator[list[_Entry]]:
    """Group by person; a record without identity stands alone."""
    groups = defaultdict(list)
    for entry in entries:
        groups[entry.record.person_id or ("nobody", id(entry))].append(entry)
    yield from groups.values()


def _judge_group(group: list[_Entry]) -> None:
    audiences = {audience for entry in group for audience in entry.matrix}
    for audience in audiences:
        members = [entry for entry in group if audience in entry.matrix]
        verdicts = judge(_line(n, e, audience) for n, e in enumerate(members))
        for number, entry in enumerate(members):
            entry.verdicts[audience] = verdicts[number]


def _line(key: int, entry: _Entry, audience: str) -> TrainingLine:
    record = entry.record
    return TrainingLine(
        key=key,
        done_on=record.done_on,
        kind=record.kind,
        high_hazard=record.high_hazard,
        hours=record.hours,
        matrix_hours=entry.matrix[audience],
        planned_hours=entry.planned[audience],
        audience=audience,
        order=(
            record.result,
            str(record.passed_on or ""),
            record.item_id or 0,
            record.employer_id or 0,
            record.enrolment_id or 0,
            record.row_key,
        ),
    )


def _changed(entry: _Entry) -> bool:
    return any(
        entry.verdicts[credit.audience]
        != TrainingVerdict(credit.required_hours, credit.completed)
        for credit in entry.record.credits.all()
    )


def _save(entries: list[_Entry]) -> list[TrainingRecord]:
    records = TrainingRecord.objects.bulk_create([e.record for e in entries])
    TrainingCredit.objects.bulk_create(
        TrainingCredit(
            record=record,
            audience=audience,
            matrix_hours=entry.matrix[audience],
            required_hours=verdict.required_hours,
            completed=verdict.completed,
        )
        for record, entry in zip(records, entries, strict=True)
        for audience, verdict in sorted(entry.verdicts.items())
    )
    return records
