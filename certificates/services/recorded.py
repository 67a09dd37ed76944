"""``import_certificates``: what a sheet of an authority says (S4.2)."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from certificates.models import Certificate, CertificateKind, RuleSet
from certificates.services.official_facts import OfficialFacts, draft_of, faults_in
from certificates.services.recording import Recording, StatedCycle
from courses.services.training_import import AUDIENCES
from lms.evidence import clock
from lms.people.models import Person
from lms.people.services.lookup import (
    ID_NUMBER,
    ID_TYPE,
    NAME,
    USCC,
    Identity,
    PersonResolver,
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

# The column of each fact that is not the key of the row.
COLUMN_OF = {
    "kind": "证书类型",
    "item": "操作项目",
    "role": "人员类别",
    "number": "证书编号",
    "issuing_authority": "签发机关",
    "first_issued_on": "初领日期",
    "valid_from": "有效期起",
    "valid_to": "有效期止",
    "review_due_on": "应复审日期",
    "review_passed_on": "复审通过日期",
    "suspended_from": "暂扣起",
    "suspended_to": "暂扣止",
    "revoked_on": "撤销日期",
    "cancelled_on": "注销日期",
}
TEXTS = ("number", "issuing_authority")
DATES = tuple(COLUMN_OF)[5:]


@dataclass(slots=True)
class _CertificateValues:
    """What a row says of a certificate; who it is about is looked up later."""

    row: SheetRow
    identity: Identity
    draft: Certificate


class CertificateImport(ScopedImport):
    """Records the certificates of a sheet; a repeat changes nothing."""

    slug = "certificates"
    fills = (Person, Certificate)

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
        """Check every value of a row, so that all errors are reported at once."""
        self.report.accept(row)
        kind = self._word(row, "证书类型", self.kinds, "unknown_kind")
        item = self._word(row, "操作项目", self.items, "unknown_item", listed=False)
        role = self._word(row, "人员类别", AUDIENCES, "unknown_role")
        organisation = self._organisation(row)
        facts = OfficialFacts(
            kind=kind,
            item=item,
            role=role or "",
            holder_name="",
            organisation=organisation,
            **{name: row[COLUMN_OF[name]] or "" for name in TEXTS},
            **{name: row[COLUMN_OF[name]] for name in DATES},
        )
        # What was refused before is not refused again for being missing.
        words = ((COLUMN_OF["item"], item), (COLUMN_OF["role"], role))
        is_wrong = any(row.is_bad(c) or (row[c] and not told) for c, told in words)
        for fault in faults_in(facts):
            if not (is_wrong and fault.field in ("item", "role")):
                self._refuse(row, COLUMN_OF[fault.field], fault.code, fault.message)
        identity = identity_of(row, self.report, today=clock.day_of(self.now))
        if self.report.is_refused(row):
            return None
        draft = draft_of(
            replace(facts, holder_name=identity.name),
            document=identity.number,
            rules=self.r2010,
            now=self.now,
        )
        return _CertificateValues(row, identity, draft)

    def plan(self, rows, *, lock):
        persons = PersonResolver(
            self.report, {said.row.number: said.identity for said in rows}
        )
        persons.look_up(lock=lock)
        rows = [said for said in rows if said.row.number in persons.identities]
        self.check_persons([said.row for said in rows], persons)
        rows = [said for said in rows if said.row.number in persons.identities]
        stated = [StatedCycle(said.identity.key, said.draft, said.row) for said in rows]
        known = {said.identity.key: persons.person_of(said.row) for said in rows}
        known = {key: pk for key, pk in known.items() if pk}
        recording = Recording(stated, persons=known, lock=lock)
        for one in recording.stated:
            if refusal := one.refusal:
                column = COLUMN_OF[refusal.field]
                self._refuse(one.source, column, refusal.code, str(refusal))
        self.report.created += len(recording.new)
        self.report.updated += len(recording.changed)
        self.report.unchanged += len(recording.unchanged)
        return recording, persons

    def write(self, plan):
        recording, persons = plan
        persons.create_missing(persons.identities)
        recording.write(lambda one: persons.person_of(one.source), by=self.actor)

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
