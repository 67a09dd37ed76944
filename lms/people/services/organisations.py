import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from lms.evidence import clock
from lms.evidence.audit import plain, record
from lms.people.identity.numbers import IdentityError
from lms.people.models import (
    Headcount,
    Industry,
    Organisation,
    OrganisationKind,
    YesNoUndecided,
    Zone,
)
from lms.people.services.lookup import (
    USCC,
    organisations_by_uscc,
    towns_by_word,
    unknown_word,
)
from lms.people.services.scoped_import import ScopedImport
from lms.sheets.row_imports import importer
from lms.sheets.workbooks import Column, SheetRow

ORGANISATION_COLUMNS = [
    replace(USCC, required=True),
    Column(
        "单位名称",
        ("name", "企业名称", "名称", "单位全称"),
        required=True,
        is_label=True,
    ),
    Column("单位类别", ("kind",)),
    Column("镇街", ("town", "镇", "街道"), required=True),
    Column("园区", ("zone",)),
    Column("行业", ("industries", "industry")),
    Column("高危", ("high hazard", "高危行业")),
    Column("申报人数", ("declared headcount", "headcount"), kind="integer"),
    Column("涉尘高毒", ("occupational hazard",), kind="yes_no"),
    Column("接触危害申报人数", ("declared exposed",), kind="integer"),
    Column("申报日期", ("declared on",), kind="date"),
    Column("编制数", ("established posts",), kind="integer"),
    Column("纳入日期", ("in scope from",), kind="date"),
    Column("退出日期", ("out of scope on",), kind="date"),
]

KINDS = {
    "企业": OrganisationKind.ENTERPRISE,
    "监管机构": OrganisationKind.AUTHORITY,
    "培训机构": OrganisationKind.TRAINING,
    "合作机构": OrganisationKind.PARTNER,
} | {kind.value: kind for kind in OrganisationKind}

HAZARD = {
    "是": YesNoUndecided.YES,
    "否": YesNoUndecided.NO,
    "待定": YesNoUndecided.UNDECIDED,
    "yes": YesNoUndecided.YES,
    "no": YesNoUndecided.NO,
}

DOUBTFUL_CODE = gettext_lazy(
    "The check digit of the code differs. Compare it with the licence."
)

# A count declared without a day is taken to have stood from the beginning.
ALWAYS = dt.date(1970, 1, 1)


@dataclass(slots=True)
class _OrganisationValues:
    """What a row says of an organisation; None where a column is not in the file."""

    row: SheetRow
    fields: dict
    industries: set[int] | None
    counts: dict
    counted_on: dt.date


class OrganisationImport(ScopedImport):
    """Creates and updates organisations by their code (S4.2).

    A column the file lacks changes nothing; an empty cell of one it has clears the
    value. A USCC with a wrong check digit is taken with a warning: such codes exist
    (R3.7).
    """

    slug = "organisations"
    fills = (Organisation, Headcount)

    def __init__(self, sheet, report, *, actor=None):
        super().__init__(sheet, report, actor=actor)
        # Somebody of an organisation makes no other, not even in the same town.
        self.town_id = getattr(actor, "town_id", None)
        self.towns = towns_by_word()
        self.zones = {w: z for z in Zone.objects.all() for w in (z.code, z.name)}
        self.industries = {
            word: industry
            for industry in Industry.objects.all()
            for word in (
                industry.code,
                industry.name,
                industry.name.removesuffix("作业"),
            )
        }
        self.times = Counter()

    def read(self, row):
        self.report.accept(row)
        self._check_code(row)
        fields = self._fields(row)
        industries = self._industries(row)
        self.check_town(row, fields["town"])
        if self.report.is_refused(row):
            return None
        counts = {
            name: row[column]
            for column, name in (("申报人数", "staff"), ("接触危害申报人数", "exposed"))
            if row[column] is not None
        }
        return _OrganisationValues(
            row, fields, industries, counts, row["申报日期"] or ALWAYS
        )

    def plan(self, rows, *, lock):
        codes = [said.row["统一社会信用代码"] for said in rows]
        known = organisations_by_uscc(codes, lock=lock)
        pks = [organisation.pk for organisation in known.values()]
        tags, counts = _tags_of(pks), _headcounts_of(pks)
        changes = []
        for said in rows:
            organisation = known.get(said.row["统一社会信用代码"])
            self.check_organisation(said.row, organisation)
            if self.report.is_refused(said.row):
                continue
            change = _Change(said, organisation, tags, counts)
            if change.is_new:
                self.report.created += 1
            elif change.is_needed:
                self.report.updated += 1
            else:
                self.report.unchanged += 1
                continue
            changes.append(change)
        return changes

    def write(self, plan):
        for change in plan:
            change.write(self.actor)

    def _check_code(self, row):
        column, code = "统一社会信用代码", row["统一社会信用代码"]
        if code is None:
            return
        self.times[code] += 1
        if self.times[code] > 1:
            message = _("This code is in the file twice.")
            self.report.reject(row.number, column, "doubled_row", message)
        try:
            if not check_digit_agrees(code):
                message = str(DOUBTFUL_CODE)
                self.report.warn(row.number, column, "uscc_check_digit", message)
        except IdentityError as error:
            self.report.reject(row.number, column, error.code, str(error))

    def _choice(self, row, column, words):
        word = row[column]
        if word is None:
            return None
        value = words.get(word) or words.get(word.lower())
        if value is None:
            message = unknown_word(words)
            self.report.reject(row.number, column, "unknown_value", message)
        return value

    def _fields(self, row) -> dict:
        columns = self.sheet.columns
        fields = {
            "name": row["单位名称"],
            "town": self._choice(row, "镇街", self.towns),
        }
        if len(row["单位名称"] or "") > 120:
            message = _("The text is too long.")
            self.report.reject(row.number, "单位名称", "too_long", message)
        if "单位类别" in columns:
            kind = self._choice(row, "单位类别", KINDS)
            fields["kind"] = kind or OrganisationKind.ENTERPRISE
        if "园区" in columns:
            fields["zone"] = self._choice(row, "园区", self.zones)
        if "高危" in columns:
            hazard = self._choice(row, "高危", HAZARD)
            fields["high_hazard"] = hazard or YesNoUndecided.UNDECIDED
        if "涉尘高毒" in columns:
            fields["occupational_hazard"] = bool(row["涉尘高毒"])
        for column, name in (
            ("编制数", "established_posts"),
            ("纳入日期", "in_scope_from"),
            ("退出日期", "out_of_scope_on"),
        ):
            if column in columns:
                fields[name] = row[column]
        start, end = fields.get("in_scope_from"), fields.get("out_of_scope_on")
        if start and end and end < start:
            message = _("The scope ends before it begins.")
            self.report.reject(row.number, "退出日期", "ends_before_start", message)
        return fields

    def _industries(self, row) -> set[int] | None:
        if "行业" not in self.sheet.columns:
            return None
        wanted = set()
        for word in (row["行业"] or "").replace("；", ";").split(";"):
            if word := word.strip():
                industry = self.industries.get(word)
                if industry is None:
                    message = unknown_word(self.industries)
                    self.report.reject(row.number, "行业", "unknown_value", message)
                else:
                    wanted.add(industry.pk)
        return wanted


import_organisations = importer(OrganisationImport)


class _Change:
    """What a row changes of an organisation, its industries and its headcount."""

    def __init__(
        self, said: _OrganisationValues, organisation: Organisation | None, tags, counts
    ):
        self.said, self.organisation = said, organisation
        self.is_new = organisation is None
        pk = organisation.pk if organisation else None
        self.names = [
            name
            for name, value in said.fields.items()
            if self.is_new or getattr(organisation, name) != value
        ]
        self.tags = tags.get(pk, set())
        self.tags_differ = said.industries not in (None, self.tags)
        self.on_record = counts.get((pk, said.counted_on), {})
        self.counts_differ = any(
            self.on_record.get(name) != count for name, count in said.counts.items()
        )

    @property
    def is_needed(self) -> bool:
        return bool(self.names) or self.tags_differ or self.counts_differ

    def write(self, actor):
        said = self.said
        if not self.is_new:
            changes = self._changes()
        if self.is_new:
            self.organisation = Organisation.objects.create(
                uscc=said.row["统一社会信用代码"],
                recorded_at=clock.now(),
                **said.fields,
            )
        elif self.names:
            for name in self.names:
                setattr(self.organisation, name, said.fields[name])
            self.organisation.save(update_fields=self.names)
        if self.tags_differ:
            self.organisation.industries.set(said.industries)
        if self.counts_differ:
            Headcount.objects.update_or_create(
                organisation=self.organisation,
                declared_on=said.counted_on,
                defaults=said.counts,
            )
        if not self.is_new:
            record(
                "people.organisation.change",
                actor=actor,
                subject=self.organisation,
                changes=changes,
            )

    def _changes(self) -> dict[str, list]:
        """Return old and new of every value that differs, for the audit trail."""
        said = self.said
        changes = {
            name: [plain(getattr(self.organisation, name)), plain(said.fields[name])]
            for name in self.names
        }
        if self.tags_differ:
            changes["industries"] = [sorted(self.tags), sorted(said.industries)]
        if self.counts_differ:
            for name, count in said.counts.items():
                old = self.on_record.get(name)
                changes[f"{name} {said.counted_on}"] = [old, count]
        return changes


def _tags_of(organisations: list[int]) -> dict[int, set[int]]:
    links = Organisation.industries.through.objects.filter(
        organisation__in=organisations
    )
    tags: dict[int, set[int]] = {}
    for organisation, industry in links.values_list("organisation_id", "industry_id"):
        tags.setdefault(organisation, set()).add(industry)
    return tags


def _headcounts_of(organisations: list[int]) -> dict[tuple, dict]:
    """Return the declared counts by organisation and day."""
    found = Headcount.objects.filter(organisation__in=organisations)
    return {
        (one.organisation_id, one.declared_on): {
            "staff": one.staff,
            "exposed": one.exposed,
        }
        for one in found
    }


def check_digit_agrees(code: str) -> bool:
    """Whether a code's check digit is right; a sole trader's TEMP- number has none.

    Codes exist that fail it (R3.7): take them, and say so. Raises
    ``IdentityError`` with ``bad_uscc`` for what is no code at all.
    """
    if code.startswith("TEMP-") and 6 <= len(code) <= 40:
        return True
    try:
        uscc.validate(code)
    except InvalidChecksum:
        return False
    except ValidationError as error:
        message = _("This is not a unified social credit code.")
        raise IdentityError("bad_uscc", message) from error
    return True
