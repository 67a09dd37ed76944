"""The posts that a roster wants, compared with those on record, and written."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from lms.evidence.audit import changes_between, record_each, values_of
from lms.people.identity.numbers import blind_index
from lms.people.models import Person, Post
from lms.people.services.lookup import (
    Identity,
    PersonResolver,
    chunks,
    phone_fields,
)
from lms.people.services.posts import OverlappingPost, overlapping
from lms.people.services.scoped_import import ScopedImport
from lms.sheets.workbooks import SheetRow


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
class PostValues:
    """What a row says: who, in which place, and what of the post."""

    row: SheetRow
    identity: Identity
    place: tuple
    fields: dict


class PostWrites:
    """The posts that rows of some persons want, each beside the one on record."""

    def __init__(
        self, importing: ScopedImport, fields: list[str], rows: list[PostValues]
    ):
        self.report, self.scope = importing.report, importing.scope
        self.actor = importing.actor
        self.fields = fields
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
