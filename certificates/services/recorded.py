"""``import_certificates``: what an authority says about certificates (S4.2)."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from certificates.models import (
    Certificate,
    CertificateKind,
    EarlierSuspension,
    Origin,
    ReasonClass,
    RuleSet,
)
from certificates.services.cycles import link_cycles
from certificates.services.withdraw import ended_suspension
from courses.models import Audience
from courses.services.training_import import AUDIENCES
from lms.evidence import clock
from lms.evidence.audit import changes_between, record_each, values_of
from lms.people.identity.numbers import half_width, mask_number, seal
from lms.people.services.lookup import (
    ID_NUMBER,
    ID_TYPE,
    NAME,
    USCC,
    Identity,
    PersonResolver,
    chunks,
    document_of,
    identity_of,
    items_by_word,
    organisations_by_uscc,
    unknown_word,
)
from lms.people.services.scoped_import import ScopedImport
from lms.sheets.row_imports import importer
from lms.sheets.workbooks import Column, SheetRow

COLUMNS = [
    ID_TYPE,
    replace(ID_NUMBER, required=True),
    NAME,
    Column("证书类型", ("kind", "证书种类", "证书名称"), required=True),
    Column("人员类别", ("role", "岗位类别", "人员类型")),
    Column("操作项目", ("item", "准操项目", "作业项目")),
    USCC,
    Column("证书编号", ("number", "证号", "证书号", "证书号码"), kind="number_text"),
    Column("初领日期", ("first_issued_on",), required=True, kind="date"),
    Column("有效期起", ("valid_from", "有效期开始"), required=True, kind="date"),
    Column("有效期止", ("valid_to", "有效期至", "有效期结束", "有效期限"), kind="date"),
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
class _Said:
    """What a row says of a certificate; who it is about is looked up later."""

    row: SheetRow
    identity: Identity
    certificate: Certificate


class CertificateImport(ScopedImport):
    """Records the certificates of a sheet; a repeat changes nothing.

    A cycle is (person, kind, subject, 有效期起): the same again with other facts is
    an update, a newer one replaces the older from its own first day. A proof issued
    here changes only through the register: no row may replace one.
    """

    slug = "certificates"

    def __init__(self, sheet, report, *, actor=None):
        super().__init__(sheet, report, actor=actor)
        self.now = clock.now()
        self.items = items_by_word()
        self.kinds = {
            word: kind
            for kind in CertificateKind.objects.all()
            for word in (kind.name, kind.code)
        }
        self.r2010 = RuleSet.objects.get(code="R2010")
        codes = {row["统一社会信用代码"] for row in sheet.rows}
        self.organisations = organisations_by_uscc(codes - {None})

    def key(self, row):
        return document_of(row)

    def read(self, row):
        """Check everything about a row, so that it is mended in one go."""
        self.report.accept(row)
        kind = self._word(row, "证书类型", self.kinds, "unknown_kind")
        item = self._word(row, "操作项目", self.items, "unknown_item", listed=False)
        role = self._word(row, "人员类别", AUDIENCES, "unknown_role")
        organisation = self._organisation(row)
        subject, role = self._subject(row, kind, item, role)
        self._check_dates(row)
        self._check_lengths(row)
        identity = identity_of(row, self.report, today=clock.day_of(self.now))
        if self.report.is_refused(row):
            return None
        certificate = Certificate(
            kind=kind,
            subject=subject,
            role=role,
            item=item,
            organisation=organisation,
            origin=Origin.RECORDED,
            holder_name=identity.name,
            id_masked=mask_number(identity.number),
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
        _hide_number(certificate, row["证书编号"] or "", identity.number)
        return _Said(row, identity, certificate)

    def plan(self, rows, *, lock):
        persons = PersonResolver(
            self.report, {said.row.number: said.identity for said in rows}
        )
        persons.look_up(lock=lock)
        rows = [said for said in rows if said.row.number in persons.identities]
        self.check_persons([said.row for said in rows], persons)
        plan = _Plan(self.report, persons)
        plan.gather(said for said in rows if said.row.number in persons.identities)
        plan.compare(lock=lock)
        return plan

    def write(self, plan):
        plan.write(self.actor)

    def _subject(self, row, kind, item, role):
        """Item code, else role (S2.2); the role of a special operator is given.

        What was refused before is not refused again for being missing.
        """
        cells = (("操作项目", item), ("人员类别", role))
        is_wrong = any(row.is_bad(c) or (row[c] and not told) for c, told in cells)
        if kind is None or is_wrong:
            return "", ""
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

    def _organisation(self, row):
        column, code = "统一社会信用代码", row["统一社会信用代码"]
        organisation = self.organisations.get(code)
        if code and organisation is None:
            message = _("This organisation is not in the list. Import it first.")
            self._refuse(row, column, "unknown_organisation", message)
        self.check_organisation(row, organisation)
        return organisation

    def _word(self, row, column, words, code, *, listed=True):
        text = row[column]
        if text is None:
            return None
        if text not in words:
            self._refuse(row, column, code, unknown_word(words if listed else None))
            return None
        return words[text]

    def _refuse(self, row, column, code, message):
        self.report.reject(row.number, column, code, message)


import_certificates = importer(CertificateImport)


class _Plan:
    """The certificates that rows tell of, beside those on record."""

    def __init__(self, report, persons: PersonResolver):
        self.report, self.persons = report, persons
        # By identity key, kind, subject and first day.
        self.wanted: dict[tuple, _Said] = {}
        self.groups: dict[tuple, list[Certificate]] = {}
        self.new: list[_Said] = []
        self.changed: list[Certificate] = []
        self.changes: list[tuple[Certificate, dict]] = []
        self.ended: list[EarlierSuspension] = []

    def gather(self, rows):
        """Take each cycle once."""
        for said in rows:
            key = _key(said.identity.key, said.certificate)
            if key in self.wanted:
                message = _("The same certificate stands in an earlier row.")
                self.report.reject(
                    said.row.number, "有效期起", "duplicate_row", message
                )
            else:
                self.wanted[key] = said

    def compare(self, *, lock):
        """Count what each row changes, and collect what has to be written."""
        self.groups = self._known_groups(lock=lock)
        for key, said in self.wanted.items():
            group = self.groups[key[:3]]
            told = said.certificate
            known = next((row for row in group if row.valid_from == key[3]), None)
            if known:
                _keep_suspension(known, told)
            if any(row.is_issued and row.valid_from <= key[3] for row in group):
                message = _("A proof issued here stands in this place.")
                self.report.reject(said.row.number, "证书类型", "issued_here", message)
            elif known is None:
                self.new.append(said)
                group.append(told)
                self.report.created += 1
            elif any(getattr(known, n) != getattr(told, n) for n in FACTS):
                if _suspended_again(known, told):
                    self.ended += ended_suspension(known)
                before = values_of(known)
                for name in (*FACTS, "number_sealed"):
                    setattr(known, name, getattr(told, name))
                self.changed.append(known)
                self.changes.append((known, changes_between(before, values_of(known))))
                self.report.updated += 1
            else:
                self.report.unchanged += 1

    def write(self, actor):
        """Write cycles and their links, and who is new with them."""
        self.persons.create_missing(self.persons.identities)
        for said in self.new:
            said.certificate.person_id = self.persons.person_of(said.row)
        # Older cycles first: the database allows one open row at a time.
        linked = [
            row
            for group in self.groups.values()
            for row in link_cycles(group)
            if row.pk
        ]
        Certificate.objects.bulk_update(linked, ["replaced_on"], batch_size=500)
        Certificate.objects.bulk_update(self.changed, WRITTEN, batch_size=500)
        record_each("certificate.change_recorded", self.changes, actor=actor)
        new = [said.certificate for said in self.new]
        Certificate.objects.bulk_create(new, batch_size=1000)
        EarlierSuspension.objects.bulk_create(self.ended, batch_size=1000)

    def _known_groups(self, *, lock):
        """Every cycle of the persons of a slice, by identity, kind and subject."""
        groups = defaultdict(list)
        keys = {
            self.persons.person_of(said.row): said.identity.key
            for said in self.wanted.values()
        }
        for chunk in chunks(sorted(pk for pk in keys if pk)):
            rows = Certificate.objects.filter(person__in=chunk).order_by("pk")
            for row in rows.select_for_update() if lock else rows:
                groups[_key(keys[row.person_id], row)[:3]].append(row)
        return groups


def _key(identity_key, row):
    return identity_key, row.kind_id, row.subject, row.valid_from


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


def _hide_number(certificate, number, document):
    """Keep a number that holds the document number sealed, and shown masked."""
    certificate.number = number
    if not number:
        return
    certificate.number_sealed = seal(number, context="certificate.number")
    plain = SEPARATORS.sub("", half_width(number)).upper()
    spelled = [SEPARATORS.sub("", document)]
    if len(document) == 18:
        spelled.append(document[:6] + document[8:17])  # the old 15 (R3.6)
    personal = re.compile("|".join([*spelled, r"\d{17}[\dX]"]))
    hidden = personal.sub(lambda found: mask_number(found[0]), plain)
    if hidden != plain:
        certificate.number = hidden
    elif plain.startswith("T"):
        certificate.number = "T" + mask_number(plain[1:])
