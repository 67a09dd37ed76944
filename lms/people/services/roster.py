import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from lms.imports import ImportReport, importer
from lms.people.identity import blind_index
from lms.people.models import IssuingSystem, Person, Post, Role
from lms.sheets import Column, Row, Sheet

from .audit import (
    changes_between,
    record_each,
    record_import,
    record_refusals,
    values_of,
)
from .lookup import (
    ROLES,
    PersonResolver,
    chunks,
    items_by_word,
    organisations_by_uscc,
    phone_fields,
    scope_of,
)
from .posts import NoSupervisorsHere, OverlappingPost, overlapping, refuse_role

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
    Column("接触危害", ("exposure", "exposed"), kind="yes_no_list"),
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
    post, of which the last row says how it is; overlapping posts are refused, judged
    on all rows together; a file never closes posts of people it does not name.
    Whoever sees only some organisations writes for those only; refused tries are
    written to the audit log.
    """
    roster = _Roster(sheet, report, actor)
    for done, row in enumerate(sheet.rows, start=1):
        roster.take(row)
        if done % 2000 == 0:
            progress(done, 2 * len(sheet.rows))
    roster.gather()
    roster.refuse_overlaps()
    roster.write_posts()
    roster.write_phones()
    roster.count()
    record_import("roster", report, actor=actor)
    if roster.scope is not None:
        record_refusals(report, actor)
    progress(len(sheet.rows), len(sheet.rows))


@dataclass(eq=False, slots=True)
class _Wanted:
    """A post as the file wants it, and as it is on record."""

    starts_on: dt.date
    post: Post | None
    fields: dict
    numbers: list[int] = field(default_factory=list)
    corrected: bool = False

    @property
    def ends_on(self):
        return self.fields["ends_on"]

    def moves(self) -> bool:
        """Whether it fills other days than on record."""
        return self.post is None or self.post.ends_on != self.ends_on

    def differs(self) -> bool:
        return any(getattr(self.post, n) != value for n, value in self.fields.items())

    def changed_post(self) -> Post:
        for name, value in self.fields.items():
            setattr(self.post, name, value)
        return self.post


class _Roster:
    """One import: what the rows say, what is there, and what has to be written."""

    def __init__(self, sheet, report, actor):
        self.sheet, self.report, self.actor = sheet, report, actor
        self.persons = PersonResolver(report)
        self.items = items_by_word()
        self.organisations = organisations_by_uscc(
            row["统一社会信用代码"] for row in sheet.rows if row["统一社会信用代码"]
        )
        self.scope = scope_of(actor)
        self.fields = [name for column, name in POST_FIELDS if column in sheet.columns]
        self.rows: dict[int, tuple[Row, tuple, dict]] = {}
        # Posts by person, organisation, role and item, then by their first day.
        self.slots: dict[tuple, dict[dt.date, _Wanted]] = defaultdict(dict)
        self.present: dict[tuple, dict[dt.date, Post]] = defaultdict(dict)
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
        try:
            refuse_role(role, kind=organisation.kind)
        except NoSupervisorsHere as refusal:
            report.reject(row.number, "岗位类别", "role_not_allowed", str(refusal))
            return
        item = self._item(row, role)
        fields = self._post_fields(row)
        if not report.is_refused(row) and self.persons.add(row):
            place = (organisation.pk, role.value, item)
            self.rows[row.number] = (row, place, fields)

    def _item(self, row, role):
        word = row["操作项目"]
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

    def _post_fields(self, row) -> dict:
        system = SYSTEMS.get(row["证书系统"] or "应急")
        if system is None:
            message = _("This certificate system is not known.")
            self.report.reject(row.number, "证书系统", "unknown_value", message)
        end = row["结束日期"]
        if end is not None and end < row["起始日期"]:
            message = _("The post ends before it begins.")
            self.report.reject(row.number, "结束日期", "ends_before_start", message)
        return {
            "issuing_system": system,
            "exposed": bool(row["接触危害"]),
            "exposures": self._text(row, "接触危害", "exposures"),
            "first_work_on": row["首次上岗日期"],
            "away": self._text(row, "离岗期间", "away"),
            "ends_on": end,
        }

    def _text(self, row, column, name) -> str:
        text = row[column]
        if not isinstance(text, str):  # an empty cell, or 是 and 否
            return ""
        if len(text) > Post._meta.get_field(name).max_length:
            message = _("The text is too long.")
            self.report.reject(row.number, column, "too_long", message)
        return text

    def gather(self):
        """Put the rows together to posts, each beside the one on record."""
        self.persons.look_up(lock=True)
        self._find_present()
        for number, (row, place, fields) in self.rows.items():
            identity = self.persons.identities.get(number)
            if identity is not None:
                self._want(number, (identity.key, *place), row["起始日期"], fields)

    def _find_present(self):
        key_of = {pk: key for key, pk in self.persons.ids.items()}
        for chunk in chunks(key_of):
            for post in Post.objects.filter(person__in=chunk):
                place = (post.organisation_id, post.role, post.item_id)
                slot = (key_of[post.person_id], *place)
                self.present[slot][post.starts_on] = post

    def _want(self, number, slot, start, fields):
        posts = self.slots[slot]
        post = self.present[slot].get(start)
        if post is not None:  # a column the file lacks changes nothing
            kept = {n: getattr(post, n) for n in fields if n not in self.fields}
            fields = fields | kept
        wanted = posts.setdefault(start, _Wanted(start, post, fields))
        if wanted.fields != fields:
            message = _("A later row says otherwise of this post. That one counts.")
            self.report.warn(wanted.numbers[-1], "起始日期", "corrected_below", message)
            wanted.fields, wanted.corrected = fields, True
        wanted.numbers.append(number)

    def refuse_overlaps(self):
        """Refuse the rows of posts that share a day with another of their kind."""
        for slot, posts in self.slots.items():
            moved = {start for start, one in posts.items() if one.moves()}
            standing = [
                post for start, post in self.present[slot].items() if start not in moved
            ]
            for lost in overlapping(standing, [posts[start] for start in moved]):
                del posts[lost.starts_on]
                for number in lost.numbers:
                    self.report.reject(
                        number,
                        "起始日期",
                        "overlapping_post",
                        OverlappingPost.message,
                    )

    def write_posts(self):
        """Write what is new or differs, and who is new with it."""
        create, change = [], []
        for slot, posts in self.slots.items():
            for one in posts.values():
                self.outcome.update(dict.fromkeys(one.numbers, "unchanged"))
                if one.post is None:
                    create.append((slot, one))
                    if one.corrected:
                        self.outcome[one.numbers[-1]] = "updated"
                    self.outcome[one.numbers[0]] = "created"
                elif one.differs():
                    change.append(one)
                    self.outcome[one.numbers[-1]] = "updated"
        self.persons.create_missing(n for n in self.rows if n in self.outcome)
        if change:
            before = [values_of(one.post) for one in change]
            posts = [one.changed_post() for one in change]
            Post.objects.bulk_update(posts, self.fields, batch_size=200)
            changes = [
                (post, changes_between(old, values_of(post)))
                for old, post in zip(before, posts, strict=True)
            ]
            record_each("people.post.change", changes, actor=self.actor)
        Post.objects.bulk_create(
            (self._new_post(slot, one) for slot, one in create), batch_size=2000
        )

    def _new_post(self, slot, wanted) -> Post:
        person, organisation, role, item = slot
        return Post(
            person_id=self.persons.ids[person],
            organisation_id=organisation,
            role=role,
            item_id=item,
            starts_on=wanted.starts_on,
            recorded_at=self.persons.now,
            **wanted.fields,
        )

    def write_phones(self):
        """Keep the phone a row gives where it differs from the one on record."""
        if "手机" not in self.sheet.columns:
            return
        given: dict[int, tuple[str, list[int]]] = {}
        for number, (row, _key, _fields) in self.rows.items():
            phone = self.persons.phone_of(row)
            if phone and number in self.outcome and not self.persons.is_new(row):
                entry = given.setdefault(self.persons.person_of(row), (phone, []))
                entry[1].append(number)
        changed, phones = [], []
        for chunk in chunks(given):
            for person in self._may_be_called(chunk):
                phone, numbers = given[person.pk]
                if person.phone_key == blind_index("phone", phone):
                    continue
                before = person.phone_masked
                for name, value in phone_fields(phone).items():
                    setattr(person, name, value)
                changed.append(person)
                phones.append((person, {"phone_masked": [before, person.phone_masked]}))
                for number in numbers:
                    if self.outcome[number] == "unchanged":
                        self.outcome[number] = "updated"
        if changed:
            fields = ["phone_key", "phone_sealed", "phone_masked"]
            Person.objects.bulk_update(changed, fields, batch_size=200)
            record_each("person.change", phones, actor=self.actor)

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
