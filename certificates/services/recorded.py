"""``import_certificates``: what an authority says about certificates (design 5)."""

import re
from collections import defaultdict
from dataclasses import dataclass

from django.utils.translation import gettext as _

from certificates.models import (
    Certificate,
    CertificateKind,
    EarlierSuspension,
    Origin,
    ReasonClass,
    RuleSet,
)
from courses.models import Audience
from courses.services.training_import import AUDIENCES
from lms import clock
from lms.imports import ImportReport, importer
from lms.people.identity import half_width, mask_number, seal
from lms.people.services.audit import (
    changes_between,
    record_each,
    record_import,
    values_of,
)
from lms.people.services.lookup import (
    PersonResolver,
    chunks,
    items_by_word,
    organisations_by_uscc,
)
from lms.sheets import Column, Row, Sheet

from .cycles import link_cycles
from .withdraw import ended_suspension

COLUMNS = [
    Column("证件类型", ("document_type", "id_type")),
    Column(
        "证件号码",
        ("身份证号", "身份证号码", "id_number"),
        required=True,
        kind="number_text",
    ),
    Column("姓名", ("name",), required=True),
    Column("证书类型", ("kind", "证书种类", "证书名称"), required=True),
    Column("人员类别", ("role", "岗位类别", "人员类型")),
    Column("操作项目", ("item", "准操项目", "作业项目")),
    Column("统一社会信用代码", ("uscc", "信用代码", "单位代码"), kind="number_text"),
    Column("证书编号", ("number", "证号"), kind="number_text"),
    Column("初领日期", ("first_issued_on",), required=True, kind="date"),
    Column("有效期起", ("valid_from", "有效期开始"), required=True, kind="date"),
    Column("有效期止", ("valid_to", "有效期至", "有效期结束"), kind="date"),
    Column("应复审日期", ("review_due_on", "复审日期"), kind="date"),
    Column("复审通过日期", ("review_passed_on", "实际复审日期"), kind="date"),
    Column("签发机关", ("issuing_authority", "发证机关")),
    Column("暂扣起", ("suspended_from",), kind="date"),
    Column("暂扣止", ("suspended_to",), kind="date"),
    Column("撤销日期", ("revoked_on",), kind="date"),
    Column("注销日期", ("cancelled_on",), kind="date"),
]

# People write 440899-19780312-0014 too.
SEPARATORS = re.compile(r"[\W_]")

SPECIAL_OPERATION = "SPECIAL_OPERATION"
LEGACY = "GD_SAFETY_OFFICER_LEGACY"

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


@dataclass(slots=True)
class _Parsed:
    """A row that says something possible; who it is about comes later."""

    row: Row
    certificate: Certificate


@importer
def import_certificates(sheet: Sheet, report: ImportReport, *, actor, progress):
    """Record the certificates of a sheet; a repeat changes nothing.

    A cycle is (person, kind, subject, 有效期起): the same again with other facts is
    an update, a newer one replaces the older from its own first day. A proof issued
    here changes only through the register: no row may replace one.
    """
    reader = _Reader(sheet, report)
    resolver = PersonResolver(report)
    parsed = [
        _Parsed(row, certificate)
        for row in sheet.rows
        if (certificate := reader.read(row)) and resolver.add(row)
    ]
    resolver.resolve()
    progress(len(sheet.rows) // 2, len(sheet.rows))
    wanted = {}
    for one in parsed:
        if report.is_refused(one.row):
            continue
        identity = resolver.identities[one.row.number]
        one.certificate.person_id = resolver.person_of(one.row)
        one.certificate.holder_name = identity.name
        one.certificate.id_masked = mask_number(identity.number)
        _hide_number(one, identity.number)
        if _key(one.certificate) in wanted:
            message = _("The same certificate stands in an earlier row.")
            report.reject(one.row.number, "有效期起", "duplicate_row", message)
        else:
            wanted[_key(one.certificate)] = one
    _write(wanted, report, actor)
    record_import("certificates", report, actor=actor)
    progress(len(sheet.rows), len(sheet.rows))


def _write(wanted, report, actor):
    groups = _known_groups(wanted.values())
    new, changed, ended, changes = [], [], [], []
    for key, one in wanted.items():
        group = groups[key[:3]]
        known = next((row for row in group if row.valid_from == key[3]), None)
        if known:
            _keep_suspension(known, one.certificate)
        if any(row.is_issued and row.valid_from <= key[3] for row in group):
            message = _("A proof issued here stands in this place.")
            report.reject(one.row.number, "证书类型", "issued_here", message)
        elif known is None:
            new.append(one.certificate)
            group.append(one.certificate)
            report.created += 1
        elif any(getattr(known, n) != getattr(one.certificate, n) for n in FACTS):
            if _suspended_again(known, one.certificate):
                ended += ended_suspension(known)
            before = values_of(known)
            for name in (*FACTS, "number_sealed"):
                setattr(known, name, getattr(one.certificate, name))
            changed.append(known)
            changes.append((known, changes_between(before, values_of(known))))
            report.updated += 1
        else:
            report.unchanged += 1
    # Older cycles first: the database allows one open row at a time.
    linked = [row for group in groups.values() for row in link_cycles(group) if row.pk]
    Certificate.objects.bulk_update(linked, ["replaced_on"], batch_size=500)
    Certificate.objects.bulk_update(changed, WRITTEN, batch_size=500)
    record_each("certificate.change_recorded", changes, actor=actor)
    Certificate.objects.bulk_create(new, batch_size=1000)
    EarlierSuspension.objects.bulk_create(ended, batch_size=1000)


def _keep_suspension(known, told):
    """Silence about a suspension on record is no news: the past stays as it is."""
    if told.suspended_from is None:
        told.suspended_from = known.suspended_from
        told.suspended_reason = known.suspended_reason
    if told.suspended_from == known.suspended_from and told.suspended_to is None:
        told.suspended_to = known.suspended_to


def _suspended_again(known, told):
    """Whether the authority tells a later suspension, not other dates of the same."""
    return (
        known.suspended_to is not None
        and told.suspended_from is not None
        and told.suspended_from > known.suspended_to
    )


def _known_groups(parsed):
    """Every cycle of the persons of a sheet, locked, by person, kind, subject."""
    groups = defaultdict(list)
    persons = sorted({one.certificate.person_id for one in parsed})
    for chunk in chunks(persons):
        rows = Certificate.objects.filter(person__in=chunk).order_by("pk")
        for row in rows.select_for_update():
            groups[_key(row)[:3]].append(row)
    return groups


def _key(row):
    return row.person_id, row.kind_id, row.subject, row.valid_from


def _hide_number(one, document):
    """Keep a number that holds the document number sealed, and shown masked."""
    certificate = one.certificate
    certificate.number = number = one.row["证书编号"] or ""
    if not number:
        return
    certificate.number_sealed = seal(number, context="certificate.number")
    plain = SEPARATORS.sub("", half_width(number)).upper()
    spelled = [SEPARATORS.sub("", document)]
    if len(document) == 18:
        spelled.append(document[:6] + document[8:17])  # the old 15 (domain 3.6)
    personal = re.compile("|".join([*spelled, r"\d{17}[\dX]"]))
    hidden = personal.sub(lambda found: mask_number(found[0]), plain)
    if hidden != plain:
        certificate.number = hidden
    elif plain.startswith("T"):
        certificate.number = "T" + mask_number(plain[1:])


class _Reader:
    """Turns rows into certificates, refusing what cannot be."""

    def __init__(self, sheet: Sheet, report: ImportReport):
        self.report = report
        self.now = clock.now()
        self.items = items_by_word()
        self.kinds = {
            word: kind
            for kind in CertificateKind.objects.all()
            for word in (kind.code, kind.name)
        }
        self.r2010 = RuleSet.objects.get(code="R2010")
        codes = {row["统一社会信用代码"] for row in sheet.rows}
        self.organisations = organisations_by_uscc(codes - {None})

    def read(self, row: Row) -> Certificate | None:
        """Return what a row says, or None where it was refused."""
        if not self.report.accept(row):
            return None
        kind = self._word(row, "证书类型", self.kinds, "unknown_kind")
        item = self._word(row, "操作项目", self.items, "unknown_item")
        role = self._word(row, "人员类别", AUDIENCES, "unknown_role")
        organisation = self._word(
            row, "统一社会信用代码", self.organisations, "unknown_organisation"
        )
        if self.report.is_refused(row):
            return None
        subject, role = self._subject(row, kind, item, role)
        self._check_dates(row)
        self._check_lengths(row)
        if self.report.is_refused(row):
            return None
        return Certificate(
            kind=kind,
            subject=subject,
            role=role,
            item=item,
            organisation=organisation,
            origin=Origin.RECORDED,
            issuing_authority=row["签发机关"] or "",
            first_issued_on=row["初领日期"],
            valid_from=row["有效期起"],
            valid_to=row["有效期止"],
            review_due_on=row["应复审日期"]
            or (self.r2010.review_due(row["有效期起"]) if kind.reviewed else None),
            review_passed_on=row["复审通过日期"],
            suspended_from=row["暂扣起"],
            suspended_to=row["暂扣止"],
            suspended_reason=ReasonClass.AUTHORITY if row["暂扣起"] else "",
            revoked_on=row["撤销日期"],
            revoked_reason=ReasonClass.AUTHORITY if row["撤销日期"] else "",
            cancelled_on=row["注销日期"],
            cancelled_reason=ReasonClass.AUTHORITY if row["注销日期"] else "",
            recorded_at=self.now,
        )

    def _subject(self, row, kind, item, role):
        """Item code, else role (design 3); the role of a special operator is given."""
        if kind.code == SPECIAL_OPERATION:
            if item is None:
                message = _("A special-operation certificate names its item.")
                self._refuse(row, "操作项目", "item_missing", message)
                return "", ""
            return item.code, Audience.SPECIAL_OPERATOR
        if kind.code == LEGACY:
            role = role or Audience.SAFETY_MANAGER
        if item is None and role is None:
            message = _("Say for which role this certificate is.")
            self._refuse(row, "人员类别", "role_missing", message)
            return "", ""
        return (item.code if item else role), role or ""

    def _check_dates(self, row):
        pairs = (
            ("初领日期", "有效期起"),
            ("有效期起", "有效期止"),
            ("暂扣起", "暂扣止"),
        )
        for first, last in pairs:
            if row[first] and row[last] and row[first] > row[last]:
                message = _("This date lies before %(other)s.") % {"other": first}
                self._refuse(row, last, "dates_out_of_order", message)
        if row["暂扣止"] and not row["暂扣起"]:
            message = _("The suspension has an end but no beginning.")
            self._refuse(row, "暂扣起", "dates_out_of_order", message)

    def _check_lengths(self, row):
        for column, most in (("证书编号", 40), ("签发机关", 80)):
            if len(row[column] or "") > most:
                self._refuse(row, column, "too_long", _("The text is too long."))

    def _word(self, row, column, words, code):
        text = row[column]
        if text is None:
            return None
        if text not in words:
            self._refuse(row, column, code, _("This word is not known here."))
            return None
        return words[text]

    def _refuse(self, row, column, code, message):
        self.report.reject(row.number, column, code, message)
