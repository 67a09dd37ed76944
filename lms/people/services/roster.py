import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from lms.evidence import clock
from lms.evidence.audit import changes_between, record_each, values_of
from lms.people.identity.numbers import blind_index
from lms.people.models import IssuingSystem, Person, Post, Role
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
    known_words,
    organisations_by_uscc,
    phone_fields,
    unknown_word,
)
from lms.people.services.posts import (
    NoSupervisorsHere,
    OverlappingPost,
    overlapping,
    refuse_role,
)
from lms.people.services.scoped_import import ScopedImport
from lms.sheets.row_imports import importer
from lms.sheets.workbooks import Column, SheetRow

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

# What a row says of a post beside the five words that name it.
POST_FIELDS = (
    ("证书系统", "issuing_system"),
    ("接触危害", "exposed"),
    ("接触危害", "exposures"),
    ("首次上岗日期", "first_work_on"),
    ("离岗期间", "away"),
    ("结束日期", "ends_on"),
)


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


@dataclass(slots=True)
class _PostValues:
    """What a row says: who, in which place, and what of the post."""

    row: SheetRow
    identity: Identity
    place: tuple
    fields: dict


class RosterImport(ScopedImport):
    """Creates and updates persons and their posts (S4.2).

    Rows of one person, organisation, role and item with the same start are one
    post, of which the last row says how it is; overlapping posts are refused, judged
    on all rows together; a file never closes posts of people it does not name.
    """

    slug = "roster"

    def __init__(self, sheet, report, *, actor=None):
        super().__init__(sheet, report, actor=actor)
        self.today = clock.today()
        self.items = items_by_word()
        self.organisations = organisations_by_uscc(
            row["统一社会信用代码"] for row in sheet.rows if row["统一社会信用代码"]
        )
        self.fields = [name for column, name in POST_FIELDS if column in sheet.columns]

    def key(self, row):
        return document_of(row)

    def read(self, row):
        """Check every value of a row, so that all errors are reported at once."""
        self.report.accept(row)
        organisation = self._organisation(row)
        role = self._role(row, organisation)
        item = self._item(row, role)
        fields = self._post_fields(row)
        identity = identity_of(row, self.report, today=self.today)
        if self.report.is_refused(row):
            return None
        return _PostValues(row, identity, (organisation.pk, role.value, item), fields)

    def plan(self, rows, *, lock):
        plan = _PostWrites(self, rows)
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

    def _post_fields(self, row) -> dict:
        system = SYSTEMS.get(row["证书系统"] or "应急")
        if system is None:
            message = unknown_word(SYSTEMS)
            self.report.reject(row.number, "证书系统", "unknown_value", message)
        start, end = row["起始日期"], row["结束日期"]
        if start and end and end < start:
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


class _PostWrites:
    """The posts that rows of some persons want, each beside the one on record."""

    def __init__(self, importing: RosterImport, rows: list[_PostValues]):
        self.report, self.scope = importing.report, importing.scope
        self.actor = importing.actor
        self.fields = importing.fields
        self.has_phones = "手机" in importing.sheet.columns
        self.rows = {said.row.number: said for said in rows}
        self.persons = PersonResolver(
            self.report, {number: said.identity for number, said in self.rows.items()}
        )
        # Posts by person, organisation, role and item, then by their first day.
        self.slots: dict[tuple, dict[dt.date, _Wanted]] = defaultdict(dict)
        self.present: dict[tuple, dict[dt.date, Post]] = defaultdict(dict)
        self.outcome: dict[int, str] = {}
        self.create: list[tuple[tuple, _Wanted]] = []
        self.change: list[_Wanted] = []
        self.called: list[Person] = []
        self.phones: list[tuple[Person, dict]] = []

    def gather(self, *, lock: bool):
        """Put the rows together to posts, each beside the one on record."""
        self.persons.look_up(lock=lock)
        self._find_present()
        for number, said in self.rows.items():
            key = self.persons.key_of(said.row)
            if key is not None:
                start = said.row["起始日期"]
                self._want(number, (key, *said.place), start, said.fields)

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
            message = _(
                "A later row has other values for this post. The later row counts."
            )
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

    def compare(self):
        """Say of each row what it changes, and collect what has to be written."""
        for slot, posts in self.slots.items():
            for one in posts.values():
                self.outcome.update(dict.fromkeys(one.numbers, "unchanged"))
                if one.post is None:
                    self.create.append((slot, one))
                    if one.corrected:
                        self.outcome[one.numbers[-1]] = "updated"
                    self.outcome[one.numbers[0]] = "created"
                elif one.differs():
                    self.change.append(one)
                    self.outcome[one.numbers[-1]] = "updated"
        if self.has_phones:
            self._compare_phones()
        for outcome in self.outcome.values():
            setattr(self.report, outcome, getattr(self.report, outcome) + 1)

    def _compare_phones(self):
        """Take the phone a row gives where it differs from the one on record."""
        given: dict[int, tuple[str, list[int]]] = {}
        for number in self.outcome:
            row = self.rows[number].row
            phone, person = self.persons.phone_of(row), self.persons.person_of(row)
            if phone and person:
                entry = given.setdefault(person, (phone, []))
                entry[1].append(number)
        for chunk in chunks(given):
            for person in self._may_be_called(chunk):
                phone, numbers = given[person.pk]
                if person.phone_key == blind_index("phone", phone):
                    continue
                before = person.phone_masked
                for name, value in phone_fields(phone).items():
                    setattr(person, name, value)
                self.called.append(person)
                masks = {"phone_masked": [before, person.phone_masked]}
                self.phones.append((person, masks))
                for number in numbers:
                    if self.outcome[number] == "unchanged":
                        self.outcome[number] = "updated"

    def _may_be_called(self, chunk):
        """Persons whose phone this import may set: not those of other employers."""
        persons = Person.objects.filter(pk__in=chunk)
        if self.scope is None:
            return persons
        elsewhere = Post.objects.filter(person__in=chunk).exclude(
            organisation__in=self.scope
        )
        return persons.exclude(pk__in=elsewhere.values("person"))

    def write(self):
        """Write what is new or differs, and who is new with it."""
        self.persons.create_missing(n for n in self.rows if n in self.outcome)
        if self.change:
            before = [values_of(one.post) for one in self.change]
            posts = [one.changed_post() for one in self.change]
            Post.objects.bulk_update(posts, self.fields, batch_size=200)
            changes = [
                (post, changes_between(old, values_of(post)))
                for old, post in zip(before, posts, strict=True)
            ]
            record_each("people.post.change", changes, actor=self.actor)
        Post.objects.bulk_create(
            (self._new_post(slot, one) for slot, one in self.create), batch_size=2000
        )
        if self.called:
            fields = ["phone_key", "phone_sealed", "phone_masked"]
            Person.objects.bulk_update(self.called, fields, batch_size=200)
            record_each("person.change", self.phones, actor=self.actor)

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


import_roster = importer(RosterImport)
