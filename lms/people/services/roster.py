"""``import_roster``: persons and their posts, from a sheet (S4.2)."""

from dataclasses import replace

from django.utils.translation import gettext as _

from lms.evidence import clock
from lms.people.models import IssuingSystem, Person, Post, Role
from lms.people.services.lookup import (
    ID_NUMBER,
    ID_TYPE,
    NAME,
    ROLES,
    USCC,
    document_of,
    identity_of,
    items_by_word,
    known_words,
    organisations_by_uscc,
    unknown_word,
)
from lms.people.services.posts import (
    NoSupervisorsHere,
    refuse_role,
)
from lms.people.services.roster_posts import PostFacts, PostValues, PostWrites
from lms.people.services.scoped_import import ScopedImport
from lms.sheets.row_imports import importer
from lms.sheets.workbooks import Column

ROSTER_COLUMNS = [
    NAME,
    ID_TYPE,
    replace(ID_NUMBER, required=True),
    Column(
        "手机",
        (
            "phone",
            "手机号",
            "手机号码",
            "电话",
            "联系电话",
            "电话号码",
            "联系方式",
            "移动电话",
        ),
        kind="number_text",
    ),
    replace(USCC, required=True),
    Column("岗位类别", ("role", "岗位", "人员类别", "人员类型"), required=True),
    Column("操作项目", ("item", "准操项目", "作业项目"), kind="number_text"),
    Column("证书系统", ("certificate system",)),
    Column("接触危害", ("exposure", "exposed", "接触职业病危害"), kind="yes_no_list"),
    Column("首次上岗日期", ("first day of work", "首次上岗时间"), kind="date"),
    Column("离岗期间", ("away",)),
    Column(
        "起始日期",
        ("from", "开始日期", "入职时间", "入职日期", "上岗日期", "任职日期"),
        required=True,
        kind="date",
    ),
    Column(
        "结束日期",
        ("to", "截止日期", "离职日期", "离职时间", "离岗日期"),
        kind="date",
    ),
]

SYSTEMS = {
    "应急": IssuingSystem.EMERGENCY,
    "住建": IssuingSystem.CONSTRUCTION,
    "市场监管": IssuingSystem.MARKET,
    "交通": IssuingSystem.TRANSPORT,
    "农业农村": IssuingSystem.FISHERY,
    "公安": IssuingSystem.POLICE,
} | {system.value: system for system in IssuingSystem}

# Which column says what of a post beside the five words that name it.
COLUMN_OF = PostFacts(
    issuing_system="证书系统",
    exposed="接触危害",
    exposures="接触危害",
    first_work_on="首次上岗日期",
    away="离岗期间",
    ends_on="结束日期",
)


class RosterImport(ScopedImport):
    """Creates and updates persons and their posts (S4.2).

    Rows of one person, organisation, role and item with the same start are one
    post, of which the last row says how it is; overlapping posts are refused, judged
    on all rows together; a file never closes posts of people it does not name.
    """

    slug = "roster"
    fills = (Person, Post)

    def __init__(self, sheet, report, *, actor=None):
        super().__init__(sheet, report, actor=actor)
        self.today = clock.today()
        self.items = items_by_word()
        self.organisations = organisations_by_uscc(
            row["统一社会信用代码"] for row in sheet.rows if row["统一社会信用代码"]
        )
        self.fields = [
            name
            for name, column in COLUMN_OF._asdict().items()
            if column in sheet.columns
        ]

    def key(self, row):
        return document_of(row)

    def read(self, row):
        """Check every value of a row, so that all errors are reported at once."""
        self.report.accept(row)
        organisation = self._organisation(row)
        role = self._role(row, organisation)
        item = self._item(row, role)
        facts = self._post_facts(row)
        identity = identity_of(row, self.report, today=self.today)
        if self.report.is_refused(row):
            return None
        return PostValues(row, identity, (organisation.pk, role.value, item), facts)

    def plan(self, rows, *, lock):
        plan = PostWrites(self, self.fields, rows)
        plan.gather(lock=lock)
        plan.refuse_overlaps()
        plan.compare()
        return plan

    def write(self, plan):
        plan.write()

    def _organisation(self, row):
        code = row["统一社会信用代码"]
        if code is None:
            return None
        organisation = self.organisations.get(code)
        if organisation is None:
            message = _("This organisation is not in the list. Import it first.")
            self.report.reject(
                row.number, "统一社会信用代码", "unknown_organisation", message
            )
        self.check_organisation(row, organisation)
        return organisation

    def _role(self, row, organisation):
        word = row["岗位类别"]
        role = ROLES.get(word)
        if word and role is None:
            message = _("This kind of post is not known. Known are: %(words)s.")
            message %= {"words": known_words(ROLES)}
            self.report.reject(row.number, "岗位类别", "unknown_role", message)
        if role and organisation:
            try:
                refuse_role(role, kind=organisation.kind)
            except NoSupervisorsHere as refusal:
                self.report.reject(
                    row.number, "岗位类别", "role_not_allowed", str(refusal)
                )
        return role

    def _item(self, row, role):
        word = row["操作项目"]
        if role is None or row.is_bad("操作项目"):
            return None
        if role != Role.SPECIAL_OPERATOR:
            if word:
                message = _("Only a special operator has an operation item.")
                self.report.reject(row.number, "操作项目", "item_not_allowed", message)
            return None
        item = self.items.get(word)
        if item is None:
            message = _("Name the operation item by its code or name.")
            self.report.reject(row.number, "操作项目", "unknown_item", message)
            return None
        return item.pk

    def _post_facts(self, row) -> PostFacts:
        system = SYSTEMS.get(row["证书系统"] or "应急")
        if system is None:
            message = unknown_word(SYSTEMS)
            self.report.reject(row.number, "证书系统", "unknown_value", message)
        start, end = row["起始日期"], row["结束日期"]
        if start and end and end < start:
            message = _("The post ends before it begins.")
            self.report.reject(row.number, "结束日期", "ends_before_start", message)
        return PostFacts(
            issuing_system=system and system.value,
            exposed=bool(row["接触危害"]),
            exposures=self._text(row, "接触危害", "exposures"),
            first_work_on=row["首次上岗日期"],
            away=self._text(row, "离岗期间", "away"),
            ends_on=end,
        )

    def _text(self, row, column, name) -> str:
        text = row[column]
        if not isinstance(text, str):  # an empty cell, or 是 and 否
            return ""
        if len(text) > Post._meta.get_field(name).max_length:
            message = _("The text is too long.")
            self.report.reject(row.number, column, "too_long", message)
        return text


import_roster = importer(RosterImport)
