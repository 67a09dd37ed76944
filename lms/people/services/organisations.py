import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from lms import clock
from lms.imports import ImportReport, importer
from lms.people.identity import IdentityError
from lms.people.models import (
    Headcount,
    Industry,
    Organisation,
    OrganisationKind,
    YesNoUndecided,
    Zone,
)
from lms.sheets import Column, Row, Sheet

from .audit import plain, record, record_import, record_refusals
from .lookup import organisations_by_uscc, scope_of, towns_by_word

ORGANISATION_COLUMNS = [
    Column("统一社会信用代码", ("uscc", "信用代码"), required=True, kind="number_text"),
    Column("单位名称", ("name", "企业名称", "名称"), required=True),
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


@importer
def import_organisations(sheet: Sheet, report: ImportReport, *, actor, progress):
    """Create and update organisations by their code (design 5, organisations).

    A column the file lacks changes nothing; an empty cell of one it has clears the
    value. A USCC with a wrong check digit is taken with a warning: such codes exist
    (domain 3.7).
    """
    towns = towns_by_word()
    zones = {word: z for z in Zone.objects.all() for word in (z.code, z.name)}
    industries = {
        word: industry
        for industry in Industry.objects.all()
        for word in (
            industry.code,
            industry.name,
            industry.name.removesuffix("作业"),
        )
    }
    known = organisations_by_uscc(
        row["统一社会信用代码"] for row in sheet.rows if row["统一社会信用代码"]
    )
    tags = _tags_of(known.values())
    scope = scope_of(actor)
    seen: set[str] = set()
    for done, row in enumerate(sheet.rows, start=1):
        if not report.accept(row) or not _code_is_good(row, report, seen):
            continue
        fields = _fields(row, sheet.columns, report, towns, zones)
        wanted = _industries(row, sheet.columns, report, industries)
        if not report.is_refused(row) and scope is not None:
            _check_scope(row, fields, known, scope, actor, report)
        if report.is_refused(row):
            continue
        _write(row, fields, wanted, known, tags, report, sheet.columns, actor)
        if done % 500 == 0:
            progress(done, len(sheet.rows))
    record_import("organisations", report, actor=actor)
    record_refusals(report, actor)


def _check_scope(row, fields, known, scope, actor, report):
    """Refuse an organisation outside the actor's town, where it is or would be."""
    organisation = known.get(row["统一社会信用代码"])
    outside = organisation is not None and organisation.pk not in scope
    if outside or actor.town_id is None or fields["town"].pk != actor.town_id:
        message = _("This organisation is not in your town.")
        report.reject(row.number, "镇街", "not_your_town", message)


def _tags_of(organisations) -> dict[int, set[int]]:
    links = Organisation.industries.through.objects.filter(
        organisation__in=[organisation.pk for organisation in organisations]
    )
    tags: dict[int, set[int]] = {}
    for organisation, industry in links.values_list("organisation_id", "industry_id"):
        tags.setdefault(organisation, set()).add(industry)
    return tags


def _code_is_good(row: Row, report: ImportReport, seen: set[str]) -> bool:
    column, code = "统一社会信用代码", row["统一社会信用代码"]
    if code in seen:
        message = _("This code is in the file twice.")
        report.reject(row.number, column, "doubled_row", message)
        return False
    seen.add(code)
    try:
        if not check_digit_agrees(code):
            report.warn(row.number, column, "uscc_check_digit", str(DOUBTFUL_CODE))
    except IdentityError as error:
        report.reject(row.number, column, error.code, str(error))
        return False
    return True


def check_digit_agrees(code: str) -> bool:
    """Whether a code's check digit is right; a sole trader's TEMP- number has none.

    Codes exist that fail it (domain 3.7): take them, and say so. Raises
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


def _choice(row, column, words, report, message):
    word = row[column]
    if word is None:
        return None
    value = words.get(word) or words.get(word.lower())
    if value is None:
        report.reject(row.number, column, "unknown_value", message)
    return value


def _fields(row, columns, report, towns, zones) -> dict:
    fields = {
        "name": row["单位名称"],
        "town": _choice(row, "镇街", towns, report, _("This town is not known.")),
    }
    if len(row["单位名称"]) > 120:
        report.reject(row.number, "单位名称", "too_long", _("The text is too long."))
    if "单位类别" in columns:
        fields["kind"] = (
            _choice(row, "单位类别", KINDS, report, _("This kind is not known."))
            or OrganisationKind.ENTERPRISE
        )
    if "园区" in columns:
        fields["zone"] = _choice(
            row, "园区", zones, report, _("This zone is not known.")
        )
    if "高危" in columns:
        fields["high_hazard"] = (
            _choice(row, "高危", HAZARD, report, _("Write 是, 否 or 待定."))
            or YesNoUndecided.UNDECIDED
        )
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
        report.reject(row.number, "退出日期", "ends_before_start", message)
    return fields


def _industries(row, columns, report, industries) -> set[int] | None:
    if "行业" not in columns:
        return None
    wanted = set()
    for word in (row["行业"] or "").replace("；", ";").split(";"):
        if word := word.strip():
            industry = industries.get(word)
            if industry is None:
                message = _("This industry is not known.")
                report.reject(row.number, "行业", "unknown_value", message)
            else:
                wanted.add(industry.pk)
    return wanted


def _write(row, fields, wanted, known, tags, report, columns, actor):
    code = row["统一社会信用代码"]
    organisation = known.get(code)
    is_new = organisation is None
    changes = {}
    if is_new:
        organisation = Organisation.objects.create(
            uscc=code, recorded_at=clock.now(), **fields
        )
        changed = True
    else:
        changed = [n for n, v in fields.items() if getattr(organisation, n) != v]
        if changed:
            for name in changed:
                old, new = getattr(organisation, name), fields[name]
                changes[name] = [plain(old), plain(new)]
                setattr(organisation, name, new)
            organisation.save(update_fields=changed)
    present = tags.get(organisation.pk, set())
    if wanted is not None and wanted != present:
        organisation.industries.set(wanted)
        changes["industries"] = [sorted(present), sorted(wanted)]
        changed = True
    if counts := _headcount(row, organisation, columns):
        changes |= counts
        changed = True
    if changes and not is_new:
        record(
            "people.organisation.change",
            actor=actor,
            subject=organisation,
            changes=changes,
        )
    if is_new:
        report.created += 1
    elif changed:
        report.updated += 1
    else:
        report.unchanged += 1


def _headcount(row, organisation, columns) -> dict[str, list]:
    """Write the declared counts of a day; return old and new where they differ."""
    counts = {
        name: row[column]
        for column, name in (("申报人数", "staff"), ("接触危害申报人数", "exposed"))
        if column in columns and row[column] is not None
    }
    if not counts:
        return {}
    day = row["申报日期"] or ALWAYS
    rows = Headcount.objects.filter(organisation=organisation, declared_on=day)
    present = rows.values(*counts).first() or dict.fromkeys(counts)
    if present == counts:
        return {}
    Headcount.objects.update_or_create(
        organisation=organisation, declared_on=day, defaults=counts
    )
    return {f"{name} {day}": [present[name], count] for name, count in counts.items()}
