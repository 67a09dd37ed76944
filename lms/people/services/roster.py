"""``import_roster``: persons and their posts, from a sheet (S4.2)."""

from dataclasses import replace
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

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
from lms.people.services.scoped_import import Refused, ScopedImport
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


# The columns that say in which place a post is, and what of it.
PLACE = itemgetter("统一社会信用代码", "岗位类别", "操作项目")
FACTS = itemgetter(
    "证书系统", "接触危害", "首次上岗日期", "离岗期间", "起始日期", "结束日期"
)
DIFFERENT = 10_000


class Judged(NamedTuple):
    """What some words mean, and why a row with them is refused."""

    meaning: object
    refusals: list[Refused]


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
        # What different words name is judged once, however many rows have them.
        self.place_of = lru_cache(DIFFERENT)(self._place)
        self.facts_of = lru_cache(DIFFERENT)(self._facts)

    def key(self, row):
        return document_of(row)

    def read(self, row):
        """Check every value of a row, so that all errors are reported at once."""
        self.report.accept(row)
        words = PLACE(row.values)
        item_is_bad = words[2] is None and row.is_bad("操作项目")
        place, refusals = self.place_of(*words, item_is_bad)
        facts, more = self.facts_of(*FACTS(row.values))
        for refusal in (*refusals, *more):
            self.report.reject(row.number, *refusal)
        identity = identity_of(row, self.report, today=self.today)
        if self.report.is_refused(row):
            return None
        return PostValues(row, identity, place, facts)

    def plan(self, rows, *, lock):
        plan = PostWrites(self, self.fields, rows)
        plan.gather(lock=lock)
        plan.refuse_overlaps()
        plan.compare()
        return plan

    def write(self, plan):
        plan.write()

    def _place(self, code, role_word, item_word, item_is_bad) -> Judged:
        """Judge organisation, role and item; their keys make the place of a post."""
        refusals = []
        organisation = self.organisations.get(code)
        if code and organisation is None:
            message = _("This organisation is not in the list. Import it first.")
            refusals.append(
                Refused("统一社会信用代码", "unknown_organisation", message)
            )
        refusals += self.refusals_of(organisation)
        role = ROLES.get(role_word)
        if role_word and role is None:
            message = _("This kind of post is not known. Known are: %(words)s.")
            message %= {"words": known_words(ROLES)}
            refusals.append(Refused("岗位类别", "unknown_role", message))
        if role and organisation:
            try:
                refuse_role(role, kind=organisation.kind)
            except NoSupervisorsHere as refusal:
                refusals.append(Refused("岗位类别", "role_not_allowed", str(refusal)))
        item = None
        if role and not item_is_bad:
            item, refused = self._item(role, item_word)
            refusals += refused
        return Judged(
            (organisation and organisation.pk, role and role.value, item), refusals
        )

    def _item(self, role, word) -> Judged:
        if role != Role.SPECIAL_OPERATOR:
            if not word:
                return Judged(None, [])
            message = _("Only a special operator has an operation item.")
            return Judged(None, [Refused("操作项目", "item_not_allowed", message)])
        if item := self.items.get(word):
            return Judged(item.pk, [])
        message = _("Name the operation item by its code or name.")
        return Judged(None, [Refused("操作项目", "unknown_item", message)])

    @staticmethod
    def _facts(system_word, exposed, first_work_on, away, start, end) -> Judged:
        """Judge what a post says beside its place."""
        refusals = []
        system = SYSTEMS.get(system_word or "应急")
        if system is None:
            message = unknown_word(SYSTEMS)
            refusals.append(Refused("证书系统", "unknown_value", message))
        if start and end and end < start:
            message = _("The post ends before it begins.")
            refusals.append(Refused("结束日期", "ends_before_start", message))
        # An empty cell, or 是 and 否, says nothing of which hazards there are.
        exposures = exposed if isinstance(exposed, str) else ""
        for name, text in (("exposures", exposures), ("away", away or "")):
            if len(text) > Post._meta.get_field(name).max_length:
                message = _("The text is too long.")
                refusals.append(Refused(COLUMN_OF._asdict()[name], "too_long", message))
        facts = PostFacts(
            issuing_system=system and system.value,
            exposed=bool(exposed),
            exposures=exposures,
            first_work_on=first_work_on,
            away=away or "",
            ends_on=end,
        )
        return Judged(facts, refusals)


import_roster = importer(RosterImport)
