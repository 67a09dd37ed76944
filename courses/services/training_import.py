"""``import_training``: history, and what others taught, from a sheet (S4.2)."""

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
from courses.services.records import RecordDraft, append_records, copy_of
from lms.evidence import clock
from lms.people.identity.numbers import fold_name, normalise_name
from lms.people.models import OperationItem, Organisation, Person, Town
from lms.people.services.lookup import (
    ID_NUMBER,
    ID_TYPE,
    NAME,
    ROLES,
    USCC,
    Identity,
    PersonResolver,
    chunks,
    document_of,
    identity_of,
    items_by_word,
    organisations_by_uscc,
    towns_by_word,
    unknown_word,
)
from lms.people.services.scoped_import import ScopedImport
from lms.sheets.row_imports import importer
from lms.sheets.workbooks import Column, SheetRow

MOST_HOURS = Decimal(2000)

COLUMNS = [
    ID_TYPE,
    ID_NUMBER,
    NAME,
    USCC,
    Column("镇街", ("town",)),
    Column("培训对象", ("audience", "人员类别", "岗位类别"), required=True),
    Column("培训类别", ("kind", "培训类型"), required=True),
    Column("操作项目", ("item", "准操项目")),
    Column("学时", ("hours",), required=True, kind="decimal"),
    Column("厂级学时", ("plant_hours",), kind="decimal"),
    Column("车间级学时", ("workshop_hours",), kind="decimal"),
    Column("班组级学时", ("team_hours",), kind="decimal"),
    Column(
        "完成日期",
        ("done_on", "培训日期", "结业日期", "培训完成日期"),
        required=True,
        kind="date",
    ),
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
class _TrainingValues:
    """What a row says of one training."""

    row: SheetRow
    identity: Identity | None
    name: str
    audiences: tuple[str, ...]
    kind: str
    item: OperationItem | None
    employer: Organisation | None
    town_id: int | None
    town_named: bool
    done_on: dt.date
    facts: dict


class TrainingImport(ScopedImport):
    """Writes one training record per row, and corrects those a row says otherwise.

    The same person, audiences, kind, item, day and employer are the same training:
    other hours or another result append a correction, a repeat changes nothing.
    Rows without a document number count as person-times; the n-th of identical ones
    is the n-th, however often the file comes.
    """

    slug = "training"
    fills = (Person, TrainingRecord)

    def __init__(self, sheet, report, *, actor=None):
        super().__init__(sheet, report, actor=actor)
        self.today = clock.today()
        self.towns = towns_by_word()
        self.items = items_by_word()
        codes = {row["统一社会信用代码"] for row in sheet.rows}
        self.employers = organisations_by_uscc(codes - {None})

    def key(self, row):
        if row["证件号码"] is None and row["姓名"]:
            return fold_name(row["姓名"])
        return document_of(row)

    def read(self, row):
        """Check every value of a row, so that all errors are reported at once."""
        self.report.accept(row)
        audiences = self._audiences(row)
        kind = self._word(row, "培训类别", KINDS, "unknown_kind")
        item = self._word(row, "操作项目", self.items, "unknown_item", listed=False)
        employer = self._employer(row)
        town = self._word(row, "镇街", self.towns, "unknown_town")
        facts = self._facts(row)
        self._check_dates(row, facts)
        identity = None
        if row["证件号码"] is not None or row.is_bad("证件号码"):
            identity = identity_of(row, self.report, today=self.today)
        else:
            self.check_place(row, employer, town)
        self.check_town(row, town)
        if self.report.is_refused(row):
            return None
        if Audience.SPECIAL_OPERATOR in audiences and item is None:
            message = _("Without an operation item it proves no special operation.")
            self.report.warn(row.number, "操作项目", "item_missing", message)
        return _TrainingValues(
            row=row,
            identity=identity,
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

    def plan(self, rows, *, lock):
        identities = {said.row.number: said.identity for said in rows if said.identity}
        persons = PersonResolver(self.report, identities)
        persons.look_up(lock=lock)
        named = [said.row for said in rows if said.row.number in persons.identities]
        self.check_persons(named, persons)
        plan = _TrainingWrites(self.report, persons)
        plan.gather(said for said in rows if not self.report.is_refused(said.row))
        plan.compare()
        return plan

    def write(self, plan):
        plan.write()

    def _refuse(self, row, column, code, message):
        self.report.reject(row.number, column, code, message)

    def _employer(self, row):
        column, code = "统一社会信用代码", row["统一社会信用代码"]
        employer = self.employers.get(code)
        if code and employer is None:
            message = _("This organisation is not in the list. Import it first.")
            self._refuse(row, column, "unknown_organisation", message)
        self.check_organisation(row, employer)
        return employer

    def _word(self, row, column, words, code, *, listed=True):
        text = row[column]
        if text is None:
            return None
        if text not in words:
            self._refuse(row, column, code, unknown_word(words if listed else None))
            return None
        return words[text]

    def _audiences(self, row):
        if row["培训对象"] is None:
            return ()
        text = row["培训对象"].replace("；", ";").replace("、", ";")
        found = set()
        for word in filter(None, (part.strip() for part in text.split(";"))):
            if word not in AUDIENCES:
                message = unknown_word(AUDIENCES)
                self._refuse(row, "培训对象", "unknown_audience", message)
            else:
                found.add(AUDIENCES[word])
        if not text.strip("; "):
            self._refuse(row, "培训对象", "required", _("This cell is empty."))
        return tuple(sorted(found))

    def _facts(self, row):
        hours = row["学时"]
        levels = {
            "plant_hours": row["厂级学时"],
            "workshop_hours": row["车间级学时"],
            "team_hours": row["班组级学时"],
        }
        if hours and hours > MOST_HOURS:
            self._refuse(row, "学时", "too_many_hours", _("These are too many hours."))
        if hours is not None and sum(filter(None, levels.values())) > hours:
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
            is_derived = column == "合格日期" and row[column] is None
            if day and day > self.today and not is_derived:
                self._refuse(row, column, "future_date", _("This day is to come."))


import_training = importer(TrainingImport)


def _town_id(town: Town | None, employer: Organisation | None) -> int | None:
    if town:
        return town.pk
    return employer.town_id if employer else None


class _TrainingWrites:
    """The trainings that rows want, each beside the record that stands."""

    def __init__(self, report, persons: PersonResolver):
        self.report, self.persons = report, persons
        self.keyed: dict[str, _TrainingValues] = {}
        self.earlier: dict[str, str] = {}
        self.times: Counter[tuple] = Counter()
        self.create: list[tuple[str, _TrainingValues]] = []
        self.change: list[tuple[TrainingRecord, dict, _TrainingValues]] = []

    def gather(self, rows):
        """Give each training its key; a person's training stands once in a file."""
        for one in rows:
            key = self._key(one)
            if key not in self.keyed:
                self.keyed[key] = one
            elif self.keyed[key].facts == one.facts:
                self.report.unchanged += 1
                message = _("An earlier row has the same training.")
                self.report.warn(one.row.number, "证件号码", "repeated_row", message)
            else:
                message = _("An earlier row has the same training with other figures.")
                self.report.reject(one.row.number, "学时", "conflicting_row", message)

    def _key(self, one):
        if one.identity:
            return _digest(*_identity(one), one.identity.key)
        folded = fold_name(one.name)
        key = self._time_key(one, folded)
        if folded != one.name:
            # Keys were once made of the name as it was written.
            self.earlier[key] = self._time_key(one, one.name)
        return key

    def _time_key(self, one, name):
        # Only a town the file names: what is derived may be another tomorrow.
        town_id = one.town_id if one.town_named else None
        who = (name, town_id, *sorted(one.facts.items()))
        same = (*_identity(one), *map(str, who))
        self.times[same] += 1
        return _digest(*_identity(one), *who, self.times[same])

    def compare(self):
        """Count what each training changes, and collect what has to be written."""
        standing = _standing([*self.keyed, *self.earlier.values()])
        for key, one in self.keyed.items():
            old = standing.get(key) or standing.get(self.earlier.get(key))
            if old is None:
                self.report.created += 1
                self.create.append((key, one))
            elif changes := _changes(old, one):
                self.report.updated += 1
                self.change.append((old, changes, one))
            else:
                self.report.unchanged += 1

    def write(self):
        """Append the records and create the persons that are new."""
        persons, now = self.persons, self.persons.now
        # Also who is only named by a repeated row: the person is on record then.
        persons.create_missing(persons.identities)
        drafts = [
            RecordDraft(
                _record(one, persons.person_of(one.row), key, now), one.audiences
            )
            for key, one in self.create
        ]
        drafts += [
            RecordDraft(copy_of(old, now=now, **changes), one.audiences)
            for old, changes, one in self.change
        ]
        append_records(drafts, now=now)


def _identity(one: _TrainingValues) -> tuple:
    return (
        *one.audiences,
        one.kind,
        one.item.code if one.item else "",
        one.done_on.isoformat(),
        one.employer.uscc if one.employer else "",
    )


def _digest(*parts) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def _standing(keys: list[str]) -> dict[str, TrainingRecord]:
    found = {}
    for chunk in chunks(keys):
        records = TrainingRecord.objects.current().filter(row_key__in=chunk)
        found.update((record.row_key, record) for record in records.order_by())
    return found


def _changes(old: TrainingRecord, one: _TrainingValues) -> dict:
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
    one: _TrainingValues, person_id: int | None, key: str, now: dt.datetime
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
