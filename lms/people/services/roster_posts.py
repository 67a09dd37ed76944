"""The posts that a roster wants, compared with those on record, and written."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F
from django.utils.translation import gettext as _

from lms.evidence.audit import changes_between, record_each, values_of
from lms.people.identity.numbers import blind_index
from lms.people.models import Person, Post
from lms.people.services.lookup import (
    NO_PHONE,
    Identity,
    PersonResolver,
    chunks,
    phone_fields,
)
from lms.people.services.posts import OverlappingPost, overlapping
from lms.people.services.scoped_import import ScopedImport
from lms.sheets.bulk_reads import IsAmong
from lms.sheets.bulk_writes import insert_rows, update_rows
from lms.sheets.workbooks import SheetRow

NOTHING: dict = {}
# Whose post it is, where, as what and from which day: what names it.
PLACE_FIELDS = ("person_id", "organisation_id", "role", "item_id", "starts_on")


class PostFacts(NamedTuple):
    """What a post says beside who has it, where, as what and from which day."""

    issuing_system: str
    exposed: bool
    exposures: str
    first_work_on: dt.date | None
    away: str
    ends_on: dt.date | None


class _Standing(NamedTuple):
    """A post on record."""

    pk: int
    starts_on: dt.date
    facts: PostFacts

    @property
    def ends_on(self):
        return self.facts.ends_on


@dataclass(eq=False, slots=True)
class _Wanted:
    """A post as the file wants it, and as it is on record."""

    starts_on: dt.date
    post: _Standing | None
    facts: PostFacts
    numbers: list[int]
    corrected: bool = False

    @property
    def ends_on(self):
        return self.facts.ends_on

    def moves(self) -> bool:
        """Whether it fills other days than on record."""
        return self.post is None or self.post.ends_on != self.ends_on

    def differs(self) -> bool:
        return self.post.facts != self.facts


class PostValues(NamedTuple):
    """What a row says: who, in which place, and what of the post."""

    row: SheetRow
    identity: Identity
    place: tuple
    facts: PostFacts


class PostWrites:
    """The posts that rows of some persons want, each beside the one on record."""

    def __init__(
        self, importing: ScopedImport, fields: list[str], rows: list[PostValues]
    ):
        self.report, self.scope = importing.report, importing.scope
        self.actor = importing.actor
        self.fields = fields
        self.lacking = [name for name in PostFacts._fields if name not in fields]
        self.has_phones = "手机" in importing.sheet.columns
        self.rows = {said.row.number: said for said in rows}
        self.persons = PersonResolver(
            self.report, {number: said.identity for number, said in self.rows.items()}
        )
        # Posts by person, organisation, role and item, then by their first day.
        self.slots: dict[tuple, dict[dt.date, _Wanted]] = defaultdict(dict)
        self.present: dict[tuple, dict[dt.date, _Standing]] = defaultdict(dict)
        self.outcome: dict[int, str] = {}
        self.create: list[tuple[tuple, _Wanted]] = []
        self.change: list[_Wanted] = []
        # The number each of these persons is called by, and the mask it had.
        self.phones: list[tuple[int, str, str]] = []

    def gather(self, *, lock: bool):
        """Put the rows together to posts, each beside the one on record."""
        self.persons.look_up(lock=lock)
        self._find_present()
        for number, said in self.rows.items():
            key = self.persons.key_of(said.row)
            if key is not None:
                start = said.row["起始日期"]
                self._want(number, (key, *said.place), start, said.facts)

    def _find_present(self):
        key_of = {pk: key for key, pk in self.persons.ids.items()}
        for chunk in chunks(key_of):
            posts = Post.objects.filter(IsAmong(F("person_id"), chunk)).order_by()
            for (
                pk,
                person,
                organisation,
                role,
                item,
                start,
                *facts,
            ) in posts.values_list("pk", *PLACE_FIELDS, *PostFacts._fields):
                slot = (key_of[person], organisation, role, item)
                self.present[slot][start] = _Standing(pk, start, PostFacts(*facts))

    def _want(self, number, slot, start, facts):
        post = self.present.get(slot, NOTHING).get(start)
        if post is not None and self.lacking:
            # A column that the file lacks changes nothing.
            facts = facts._replace(**{n: getattr(post.facts, n) for n in self.lacking})
        posts = self.slots[slot]
        wanted = posts.get(start)
        if wanted is None:
            posts[start] = _Wanted(start, post, facts, [number])
            return
        if wanted.facts != facts:
            message = _(
                "A later row has other values for this post. The later row counts."
            )
            self.report.warn(wanted.numbers[-1], "起始日期", "corrected_below", message)
            wanted.facts, wanted.corrected = facts, True
        wanted.numbers.append(number)

    def refuse_overlaps(self):
        """Refuse the rows of posts that share a day with another of their kind."""
        for slot, posts in self.slots.items():
            present = self.present.get(slot, NOTHING)
            if len(posts.keys() | present.keys()) < 2:
                continue
            moved = {start for start, one in posts.items() if one.moves()}
            if not moved:
                continue
            standing = [post for start, post in present.items() if start not in moved]
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
                for number in one.numbers:
                    self.outcome[number] = "unchanged"
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
        for outcome, count in Counter(self.outcome.values()).items():
            setattr(self.report, outcome, getattr(self.report, outcome) + count)

    def _compare_phones(self):
        """Take the phone a row gives where it differs from the one on record."""
        given: dict[int, tuple[str, list[int]]] = {}
        for number in self.outcome:
            identity = self.rows[number].identity
            person = self.persons.ids.get(identity.key)
            if identity.phone and person:
                entry = given.setdefault(person, (identity.phone, []))
                entry[1].append(number)
        on_record = self.persons.phones
        differing = [
            person
            for person, (phone, _numbers) in given.items()
            if on_record[person][0] != blind_index("phone", phone)
        ]
        for person in self._may_be_called(differing):
            phone, numbers = given[person]
            self.phones.append((person, phone, on_record[person][1]))
            for number in numbers:
                if self.outcome[number] == "unchanged":
                    self.outcome[number] = "updated"

    def _may_be_called(self, persons: list[int]) -> list[int]:
        """Persons whose phone this import may set: not those of other employers."""
        if self.scope is None:
            return persons
        elsewhere = set()
        for chunk in chunks(persons):
            posts = Post.objects.filter(person__in=chunk).order_by()
            others = posts.exclude(organisation__in=self.scope)
            elsewhere.update(others.values_list("person", flat=True))
        return [person for person in persons if person not in elsewhere]

    def write(self):
        """Write what is new or differs, and who is new with it."""
        self.persons.create_missing(n for n in self.rows if n in self.outcome)
        self._change_posts()
        rows = [self._new_post(slot, one) for slot, one in self.create]
        insert_rows(Post, (*PLACE_FIELDS, *PostFacts._fields, "recorded_at"), rows)
        self._set_phones()

    def _change_posts(self):
        if not self.change:
            return
        posts = Post.objects.in_bulk([one.post.pk for one in self.change])
        changes, rows = [], []
        for one in self.change:
            post = posts[one.post.pk]
            before = values_of(post)
            for name in self.fields:
                setattr(post, name, getattr(one.facts, name))
            changes.append((post, changes_between(before, values_of(post))))
            rows.append((post.pk, *(getattr(post, name) for name in self.fields)))
        update_rows(Post, self.fields, rows)
        record_each("people.post.change", changes, actor=self.actor)

    def _set_phones(self):
        changes, rows = [], []
        for pk, phone, mask in self.phones:
            values = phone_fields(phone)
            masks = {"phone_masked": [mask, values["phone_masked"]]}
            rows.append((pk, *values.values()))
            changes.append((Person(pk=pk), masks))
        update_rows(Person, tuple(NO_PHONE), rows)
        record_each("person.change", changes, actor=self.actor)

    def _new_post(self, slot, wanted) -> tuple:
        person, *place = slot
        return (
            self.persons.ids[person],
            *place,
            wanted.starts_on,
            *wanted.facts,
            self.persons.now,
        )
