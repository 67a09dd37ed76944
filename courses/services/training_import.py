"""``import_training``: history, and what others taught, from a sheet (design 5)."""

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from courses.models import (
    Audience,
    RecordSource,
    TrainingKind,
    TrainingRecord,
    TrainingResult,
)
from lms import clock
from lms.imports import ImportReport, importer
from lms.people.identity import normalise_name
from lms.people.models import OperationItem, Organisation, Town
from lms.people.services.audit import record_import
from lms.people.services.lookup import (
    ROLES,
    PersonResolver,
    chunks,
    items_by_word,
    organisations_by_uscc,
    towns_by_word,
)
from lms.sheets import Column, Row, Sheet

from .records import Draft, append_records, copy_of

MOST_HOURS = Decimal(2000)

COLUMNS = [
    Column("证件类型", ("document_type", "id_type")),
    Column("证件号码", ("身份证号", "身份证号码", "id_number"), kind="number_text"),
    Column("姓名", ("name",), required=True),
    Column("统一社会信用代码", ("uscc", "信用代码", "单位代码"), kind="number_text"),
    Column("镇街", ("town",)),
    Column("培训对象", ("audience", "人员类别"), required=True),
    Column("培训类别", ("kind", "培训类型"), required=True),
    Column("操作项目", ("item", "准操项目")),
    Column("学时", ("hours",), required=True, kind="decimal"),
    Column("厂级学时", ("plant_hours",), kind="decimal"),
    Column("车间级学时", ("workshop_hours",), kind="decimal"),
    Column("班组级学时", ("team_hours",), kind="decimal"),
    Column("完成日期", ("done_on", "培训日期"), required=True, kind="date"),
    Column("考核结果", ("result",)),
    Column("合格日期", ("passed_on",), kind="date"),
]

AUDIENCES = {word: Audience(role) for word, role in ROLES.items()} | {
    "职业卫生负责人": Audience.OH_HEAD,
    "接触危害劳动者": Audience.OH_WORKER,
    "其他人员": Audience.OTHER,
    **{audience.value: audience for audience in Audience},
}

KINDS = {
    "初训": TrainingKind.INITIAL,
    "再训": TrainingKind.ANNUAL,
    "再培训": TrainingKind.ANNUAL,
    "复审": TrainingKind.REVIEW,
    "换证": TrainingKind.RENEWAL,
    "专项": TrainingKind.SPECIAL_TOPIC,
    "三级": TrainingKind.THREE_LEVEL,
    "复岗": TrainingKind.RETURN,
    **{kind.value: kind for kind in TrainingKind},
}

RESULTS = {
    "合格": TrainingResult.PASSED,
    "不合格": TrainingResult.FAILED,
    "未考": TrainingResult.NOT_TAKEN,
    **{result.value: result for result in TrainingResult},
}

# What a repeated row may change; everything else says which row it is.
CHANGEABLE = (
    "hours",
    "plant_hours",
    "workshop_hours",
    "team_hours",
    "result",
    "passed_on",
)


@dataclass(slots=True)
class _Parsed:
    """A row that says something possible; who it is about comes later."""

    row: Row
    name: str
    audiences: tuple[str, ...]
    kind: str
    item: OperationItem | None
    employer: Organisation | None
    town_id: int | None
    town_named: bool
    done_on: dt.date
    facts: dict


@importer
def import_training(sheet: Sheet, report: ImportReport, *, actor, progress):
    """Write one training record per row, and correct those a row says otherwise.

    The same person, audiences, kind, item, day and employer are the same training:
    other hours or another result append a correction, a repeat changes nothing.
    Rows without a document number count as person-times; the n-th of identical ones
    is the n-th, however often the file comes.
    """
    now = clock.now()
    reader = _Reader(sheet, report, today=clock.day_of(now))
    resolver = PersonResolver(report)
    parsed = []
    for row in sheet.rows:
        if (one := reader.read(row)) is None:
            continue
        if row["证件号码"] is None or resolver.add(row):
            parsed.append(one)
    resolver.resolve()
    parsed = [one for one in parsed if not report.is_refused(one.row)]
    progress(len(sheet.rows) - len(parsed), len(sheet.rows))
    keyed = _keyed(parsed, resolver, report)
    standing = _standing(keyed)
    drafts = []
    for key, (one, person_id) in keyed.items():
        old = standing.get(key)
        if old is None:
            report.created += 1
            drafts.append(Draft(_record(one, person_id, key, now), one.audiences))
        elif changes := _changes(old, one):
            report.updated += 1
            drafts.append(Draft(copy_of(old, now=now, **changes), one.audiences))
        else:
            report.unchanged += 1
    append_records(drafts, now=now)
    record_import("training", report, actor=actor)
    progress(len(sheet.rows), len(sheet.rows))


class _Reader:
    """Turns rows into trainings, refusing what cannot be."""

    def __init__(self, sheet: Sheet, report: ImportReport, *, today: dt.date):
        self.report = report
        self.today = today
        self.towns = towns_by_word()
        self.items = items_by_word()
        codes = {row["统一社会信用代码"] for row in sheet.rows}
        self.employers = organisations_by_uscc(codes - {None})

    def read(self, row: Row) -> _Parsed | None:
        """Return what a row says, or None where it was refused."""
        if not self.report.accept(row):
            return None
        audiences = self._audiences(row)
        kind = self._word(row, "培训类别", KINDS, "unknown_kind")
        item = self._word(row, "操作项目", self.items, "unknown_item")
        employer = self._word(
            row, "统一社会信用代码", self.employers, "unknown_organisation"
        )
        town = self._word(row, "镇街", self.towns, "unknown_town")
        facts = self._facts(row)
        self._check_dates(row, facts)
        if self.report.is_refused(row):
            return None
        if Audience.SPECIAL_OPERATOR in audiences and item is None:
            message = _("Without an operation item it proves no special operation.")
            self.report.warn(row.number, "操作项目", "item_missing", message)
        return _Parsed(
            row=row,
            name=normalise_name(row["姓名"])[:60],
            audiences=audiences,
            kind=kind,
            item=item,
            employer=employer,
            town_id=_town_id(town, employer),
            town_named=town is not None,
            done_on=row["完成日期"],
            facts=facts,
        )

    def _refuse(self, row, column, code, message):
        self.report.reject(row.number, column, code, message)

    def _word(self, row, column, words, code):
        text = row[column]
        if text is None:
            return None
        if text not in words:
            self._refuse(row, column, code, _("This word is not known here."))
            return None
        return words[text]

    def _audiences(self, row):
        text = row["培训对象"].replace("；", ";").replace("、", ";")
        found = set()
        for word in filter(None, (part.strip() for part in text.split(";"))):
            if word not in AUDIENCES:
                message = _("This word is not known here.")
                self._refuse(row, "培训对象", "unknown_audience", message)
            else:
                found.add(AUDIENCES[word])
        if not found and not self.report.is_refused(row):
            self._refuse(row, "培训对象", "required", _("This cell is empty."))
        return tuple(sorted(found))

    def _facts(self, row):
        hours = row["学时"]
        levels = {
            "plant_hours": row["厂级学时"],
            "workshop_hours": row["车间级学时"],
            "team_hours": row["班组级学时"],
        }
        if hours > MOST_HOURS:
            self._refuse(row, "学时", "too_many_hours", _("So many hours cannot be."))
        if sum(filter(None, levels.values())) > hours:
            message = _("The levels add up to more than the class hours.")
            self._refuse(row, "学时", "levels_exceed_hours", message)
        result = RESULTS.get(row["考核结果"] or "未考")
        if result is None:
            message = _("Write 合格, 不合格 or 未考.")
            self._refuse(row, "考核结果", "unknown_result", message)
        passed_on = row["合格日期"]
        if result == TrainingResult.PASSED:
            passed_on = passed_on or row["完成日期"]
        elif passed_on and result is not None:
            message = _("A pass date needs the result 合格.")
            self._refuse(row, "合格日期", "pass_date_without_pass", message)
        return {"hours": hours, "result": result, "passed_on": passed_on, **levels}

    def _check_dates(self, row, facts):
        for column, day in (
            ("完成日期", row["完成日期"]),
            ("合格日期", facts["passed_on"]),
        ):
            if day and day > self.today and not self.report.is_refused(row):
                self._refuse(row, column, "future_date", _("This day is to come."))


def _town_id(town: Town | None, employer: Organisation | None) -> int | None:
    if town:
        return town.pk
    return employer.town_id if employer else None


def _keyed(
    parsed: list[_Parsed], resolver: PersonResolver, report: ImportReport
) -> dict[str, tuple[_Parsed, int | None]]:
    """Give each training its key; a person's row stands once in a file."""
    keyed: dict[str, tuple[_Parsed, int | None]] = {}
    times: Counter[tuple] = Counter()
    for one in parsed:
        person_id = None
        who = ()
        if one.row["证件号码"] is not None:
            person_id = resolver.person_of(one.row)
            who = (resolver.identities[one.row.number].key,)
        else:
            # Only a town the file names: what is derived may be another tomorrow.
            town_id = one.town_id if one.town_named else None
            who = (one.name, town_id, *sorted(one.facts.items()))
            same = (*_identity(one), *map(str, who))
            times[same] += 1
            who = (*who, times[same])
        key = _digest(*_identity(one), *who)
        if key not in keyed:
            keyed[key] = (one, person_id)
        elif keyed[key][0].facts == one.facts:
            report.unchanged += 1
            message = _("The same training stands further up.")
            report.warn(one.row.number, "证件号码", "repeated_row", message)
        else:
            message = _("The same training stands further up with other figures.")
            report.reject(one.row.number, "学时", "conflicting_row", message)
    return keyed


def _identity(one: _Parsed) -> tuple:
    return (
        *one.audiences,
        one.kind,
        one.item.code if one.item else "",
        one.done_on.isoformat(),
        one.employer.uscc if one.employer else "",
    )


def _digest(*parts) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def _standing(keyed: dict) -> dict[str, TrainingRecord]:
    found = {}
    for chunk in chunks(keyed):
        records = TrainingRecord.objects.current().filter(row_key__in=chunk)
        found.update((record.row_key, record) for record in records.order_by())
    return found


def _changes(old: TrainingRecord, one: _Parsed) -> dict:
    """Return what a row says otherwise than the record that stands.

    A town that was only derived from the employer stays the town of that time.
    """
    changes = {
        name: one.facts[name]
        for name in CHANGEABLE
        if getattr(old, name) != one.facts[name]
    }
    if one.town_named and old.town_id != one.town_id:
        changes["town_id"] = one.town_id
    return changes


def _record(
    one: _Parsed, person_id: int | None, key: str, now: dt.datetime
) -> TrainingRecord:
    return TrainingRecord(
        person_id=person_id,
        holder_name=one.name,
        kind=one.kind,
        item=one.item,
        employer=one.employer,
        town_id=one.town_id,
        high_hazard=bool(one.employer and one.employer.is_high_hazard),
        done_on=one.done_on,
        source=RecordSource.IMPORT,
        row_key=key,
        recorded_at=now,
        **one.facts,
    )
