from collections import defaultdict

from django.utils.translation import gettext as _

from lms.imports import ImportReport, importer
from lms.people.identity import blind_index
from lms.people.models import Access, IssuingSystem, Person, Post, Role
from lms.sheets import Column, Row, Sheet

from .audit import record_refusals
from .lookup import (
    ROLES,
    PersonResolver,
    chunks,
    items_by_word,
    organisations_by_uscc,
    phone_fields,
    scope_of,
)

IDENTITY_COLUMNS = [
    Column("姓名", ("name",), required=True),
    Column("证件类型", ("id type", "document type")),
    Column(
        "证件号码",
        ("id number", "身份证号", "身份证号码", "身份证"),
        required=True,
        kind="number_text",
    ),
]

ROSTER_COLUMNS = [
    *IDENTITY_COLUMNS,
    Column("手机", ("phone", "手机号", "手机号码", "电话"), kind="number_text"),
    Column("统一社会信用代码", ("uscc", "信用代码"), required=True, kind="number_text"),
    Column("岗位类别", ("role",), required=True),
    Column("操作项目", ("item", "准操项目"), kind="number_text"),
    Column("证书系统", ("certificate system",)),
    Column("接触危害", ("exposure", "exposed")),
    Column("首次上岗日期", ("first day of work",), kind="date"),
    Column("离岗期间", ("away",)),
    Column("起始日期", ("from", "开始日期"), required=True, kind="date"),
    Column("结束日期", ("to", "截止日期"), kind="date"),
]

SYSTEMS = {
    "应急": IssuingSystem.EMERGENCY,
    "住建": IssuingSystem.CONSTRUCTION,
    "市场监管": IssuingSystem.MARKET,
    "交通": IssuingSystem.TRANSPORT,
    "农业农村": IssuingSystem.FISHERY,
    "公安": IssuingSystem.POLICE,
} | {system.value: system for system in IssuingSystem}

# What a row says of a post beside the five words that name it.
POST_FIELDS = (
    ("证书系统", "issuing_system"),
    ("接触危害", "exposed"),
    ("接触危害", "exposures"),
    ("首次上岗日期", "first_work_on"),
    ("离岗期间", "away"),
    ("结束日期", "ends_on"),
)


@importer
def import_roster(sheet: Sheet, report: ImportReport, *, actor, progress):
    """Create and update persons and their posts (design 5, roster).

    Rows of one person, organisation, role and item with the same start are one
    post; overlapping ones are refused; a file never closes posts of people it does
    not name. Whoever sees only some organisations writes for those only; refused
    tries are written to the audit log.
    """
    roster = _Roster(sheet, report, actor)
    for done, row in enumerate(sheet.rows, start=1):
        roster.take(row)
        if done % 2000 == 0:
            progress(done, 2 * len(sheet.rows))
    roster.persons.resolve()
    roster.write_posts()
    roster.write_phones()
    roster.count()
    record_refusals(report, actor)
    progress(len(sheet.rows), len(sheet.rows))


class _Roster:
    """One import: what the rows say, what is there, and what has to be written."""

    def __init__(self, sheet, report, actor):
        self.sheet, self.report = sheet, report
        self.persons = PersonResolver(report)
        self.items = items_by_word()
        self.organisations = organisations_by_uscc(
            row["统一社会信用代码"] for row in sheet.rows if row["统一社会信用代码"]
        )
        self.scope = scope_of(actor)
        self.is_enterprise = (
            self.scope is not None and actor.access == Access.ORGANISATION
        )
        self.fields = [name for column, name in POST_FIELDS if column in sheet.columns]
        self.wanted: dict[int, tuple[Row, tuple, dict]] = {}
        self.outcome: dict[int, str] = {}

    def take(self, row):
        """Check a row and remember the post it names."""
        report = self.report
        if not report.accept(row):
            return
        organisation = self.organisations.get(row["统一社会信用代码"])
        if organisation is None:
            message = _("This organisation is not in the list. Import it first.")
            report.reject(
                row.number, "统一社会信用代码", "unknown_organisation", message
            )
            return
        if self.scope is not None and organisation.pk not in self.scope:
            message = _("You may write for organisations you see only.")
            report.reject(
                row.number, "统一社会信用代码", "not_your_organisation", message
            )
            return
        role = ROLES.get(row["岗位类别"])
        if role is None:
            message = _("This kind of post is not known.")
            report.reject(row.number, "岗位类别", "unknown_role", message)
            return
        if self.is_enterprise and role == Role.SUPERVISOR:
            message = _("An enterprise has no supervisors.")
            report.reject(row.number, "岗位类别", "role_not_allowed", message)
            return
        item = self._item(row, role)
        fields = self._post_fields(row)
        if not report.is_refused(row) and self.persons.add(row):
            key = (organisation.pk, role.value, item, row["起始日期"])
            self.wanted[row.number] = (row, key, fields)

    def _item(self, row, role):
        word = row["操作项目"]
        if role != Role.SPECIAL_OPERATOR:
            if word:
                message = _("Only a special operator has an operation item.")
                self.report.reject(row.number, "操作项目", "item_not_allowed", message)
            return None
        item = self.items.get(word) if word else None
        if item is None and word:
            item = self.items.get(word.split(" ")[0].removesuffix("作业"))
        if item is None:
            message = _("Name the operation item by its code or name.")
            self.report.reject(row.number, "操作项目", "unknown_item", message)
            return None
        return item.pk

    def _post_fields(self, row) -> dict:
        system = SYSTEMS.get(row["证书系统"] or "应急")
        if system is None:
            message = _("This certificate system is not known.")
            self.report.reject(row.number, "证书系统", "unknown_value", message)
        exposures = row["接触危害"] or "否"
        exposed = exposures not in ("否", "no", "NO", "无")
        end = row["结束日期"]
        if end is not None and end < row["起始日期"]:
            message = _("The post ends before it begins.")
            self.report.reject(row.number, "结束日期", "ends_before_start", message)
        listed = exposures if exposed and exposures not in ("是", "yes") else ""
        return {
            "issuing_system": system,
            "exposed": exposed,
            "exposures": listed[:200],
            "first_work_on": row["首次上岗日期"],
            "away": (row["离岗期间"] or "")[:60],
            "ends_on": end,
        }

    def write_posts(self):
        """Compare with the posts that are there; write what is new or differs."""
        present = self._present_posts()
        create, change = {}, {}
        for number, (row, key, fields) in self.wanted.items():
            person = self.persons.person_of(row)
            if person is None:
                continue
            organisation, role, item, start = key
            posts = present[person, organisation, role, item]
            post = posts.get(start)
            if post is None:
                post = Post(
                    person_id=person,
                    organisation_id=organisation,
                    role=role,
                    item_id=item,
                    starts_on=start,
                    recorded_at=self.persons.now,
                    **fields,
                )
                if self._overlaps(row, post, posts):
                    continue
                posts[start] = post
                create[id(post)] = post
                self.outcome[number] = "created"
                continue
            differing = [n for n in self.fields if getattr(post, n) != fields[n]]
            if not differing:
                self.outcome[number] = "unchanged"
                continue
            before = {name: getattr(post, name) for name in differing}
            for name in differing:
                setattr(post, name, fields[name])
            if self._overlaps(row, post, posts):
                for name, value in before.items():
                    setattr(post, name, value)
                continue
            self.outcome[number] = "updated"
            if id(post) not in create:
                change[id(post)] = post
        Post.objects.bulk_create(create.values(), batch_size=2000)
        if change:
            Post.objects.bulk_update(change.values(), self.fields, batch_size=200)

    def _present_posts(self):
        present = defaultdict(dict)
        ids = {self.persons.person_of(row) for row, _, _ in self.wanted.values()}
        ids.discard(None)
        old = ids.difference(self.persons.ids[key] for key in self.persons.created)
        for chunk in chunks(old):
            for post in Post.objects.filter(person__in=chunk):
                key = (post.person_id, post.organisation_id, post.role, post.item_id)
                present[key][post.starts_on] = post
        return present

    def _overlaps(self, row, post, posts) -> bool:
        """Refuse a post that overlaps another of the same person, place and role."""
        for other in posts.values():
            if other is post:
                continue
            if (other.ends_on is None or other.ends_on >= post.starts_on) and (
                post.ends_on is None or post.ends_on >= other.starts_on
            ):
                message = _("The dates overlap another post of the same kind.")
                self.report.reject(row.number, "起始日期", "overlapping_post", message)
                return True
        return False

    def write_phones(self):
        """Keep the phone a row gives where it differs from the one on record."""
        if "手机" not in self.sheet.columns:
            return
        given: dict[int, tuple[str, list[int]]] = {}
        for number, (row, _key, _fields) in self.wanted.items():
            phone = self.persons.phone_of(row)
            if phone and number in self.outcome and not self.persons.is_new(row):
                entry = given.setdefault(self.persons.person_of(row), (phone, []))
                entry[1].append(number)
        changed = []
        for chunk in chunks(given):
            for person in self._may_be_called(chunk):
                phone, numbers = given[person.pk]
                if person.phone_key == blind_index("phone", phone):
                    continue
                for name, value in phone_fields(phone).items():
                    setattr(person, name, value)
                changed.append(person)
                for number in numbers:
                    if self.outcome[number] == "unchanged":
                        self.outcome[number] = "updated"
        if changed:
            fields = ["phone_key", "phone_sealed", "phone_masked"]
            Person.objects.bulk_update(changed, fields, batch_size=200)

    def _may_be_called(self, chunk):
        """Persons whose phone this import may set: not those of other employers."""
        persons = Person.objects.filter(pk__in=chunk)
        if self.scope is None:
            return persons
        elsewhere = Post.objects.filter(person__in=chunk).exclude(
            organisation__in=self.scope
        )
        return persons.exclude(pk__in=elsewhere.values("person"))

    def count(self):
        for outcome in self.outcome.values():
            setattr(self.report, outcome, getattr(self.report, outcome) + 1)
