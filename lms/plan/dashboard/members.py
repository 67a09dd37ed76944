"""The people behind a number: who is counted, who is missing, and what is lacking."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certificates.models import Certificate
from certificates.models.status import Status
from certificates.verification.answers import OUTCOMES, Outcome
from courses.models import TrainingCredit
from lms.people.models import IssuingSystem, OperationItem, Person, Post, Role
from lms.people.services.lookup import chunks
from lms.plan.indicators import Indicator, Question

# How many are described by one set of queries: SQLite takes 32,766 values in one.
TOGETHER = 1000


class Show(TextChoices):
    """Which side of a fraction to list."""

    MISSING = "missing", gettext_lazy("still missing")
    COUNTED = "counted", gettext_lazy("counted")
    ALL = "all", gettext_lazy("everybody")


WHERE = {Show.MISSING: "WHERE ok = 0", Show.COUNTED: "WHERE ok = 1", Show.ALL: ""}


@dataclass
class Member:
    """One unit of a fraction: a person, for special operators with an item.

    ``lacking`` says first why somebody is missing; ``evidence`` is what is on record.
    ``desk`` is the address of the file of the person, where the reader may open it.
    """

    person: Person
    item: OperationItem | None
    ok: bool
    posts: list[Post] = field(default_factory=list)
    trainings: list[TrainingCredit] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    lacking: str = ""
    desk: str = ""


class Members:
    """The units of an indicator as a sequence a paginator can cut pages from.

    One page costs the same number of queries however many people there are, and
    a sheet of all so many more for every thousand. The rows come from the relation
    the figure was counted from, in the same scope.
    """

    def __init__(self, indicator: Indicator, question: Question, show: Show = Show.ALL):
        self.indicator = indicator
        self.question = question
        self.show = show

    @cached_property
    def _length(self):
        sql = f"SELECT COUNT(*) FROM units {WHERE[self.show]}"  # noqa: S608 - constants
        return self.indicator.units(self.question).rows(sql)[0][0]

    def __len__(self):
        return self._length

    def __getitem__(self, page: slice) -> list[Member]:
        start = page.start or 0
        stop = self._length if page.stop is None else page.stop
        rows = self.indicator.units(self.question).rows(
            "SELECT units.who, units.what, units.ok FROM units "  # noqa: S608 - constants
            "JOIN people_person ON people_person.id = units.who "
            f"{WHERE[self.show]} "
            "ORDER BY units.ok, people_person.name, units.who, units.what "
            "LIMIT %s OFFSET %s",
            [max(0, stop - start), start],
        )
        return self._described(rows)

    def _described(self, rows):
        return [
            member for some in chunks(rows, TOGETHER) for member in self._chunk(some)
        ]

    def _chunk(self, rows):
        people = Person.objects.in_bulk({row[0] for row in rows})
        items = OperationItem.objects.in_bulk({row[1] for row in rows if row[1]})
        members = [
            Member(people[who], items.get(what), bool(ok)) for who, what, ok in rows
        ]
        index = _Index(members)
        self._add_posts(index)
        self._add_trainings(index)
        self._add_certificates(index)
        for member in members:
            if not member.ok:
                member.lacking = self._lacking(member)
        return members

    def _add_posts(self, index):
        role = self.indicator.role
        if role:
            posts = self.question.posts(role, in_scope=self.indicator.in_scope)
        else:
            posts = self.question.posts(*Role.values, in_scope=False)
        posts = posts.filter(person__in=index.people)
        for post in posts.select_related("organisation__town"):
            for member in index.whose(post):
                member.posts.append(post)

    def _add_trainings(self, index):
        """What training there is, also that which does not suffice, newest first."""
        if not self.indicator.by_training:
            return
        role = self.indicator.role
        records = self.question.records() if role else self.question.flow()
        credits = TrainingCredit.objects.filter(
            record__in=records.filter(
                person__in=index.people, done_on__lte=self.question.day
            ),
        ).select_related("record", "record__item")
        if role:
            credits = credits.filter(audience=role)
        for credit in credits.order_by("-record__done_on"):
            for member in index.whose(credit.record):
                member.trainings.append(credit)
                member.evidence.append(_training_text(credit))

    def _add_certificates(self, index):
        """Certificates that bear on the post, with what they are worth on the day."""
        speaking = self.indicator.certificates
        if speaking is None:
            return
        certificates = (
            Certificate.objects.filter(
                speaking,
                person__in=index.people,
                valid_from__lte=self.question.day,
            )
            .with_status_on(self.question.day, self.question.recorded_by)
            .select_related("kind", "item")
            .order_by("-valid_from")
        )
        for certificate in certificates:
            for member in index.whose(certificate):
                member.certificates.append(certificate)
                text = _certificate_text(certificate)
                if not self.indicator.is_enough(certificate, member.posts):
                    text = _(
                        "%(certificate)s (not enough for a high-hazard enterprise)"
                    ) % {"certificate": text}
                member.evidence.append(text)

    def _lacking(self, member):
        """Say what keeps a member out, as far as the records alone can say it."""
        if not self.indicator.by_training:
            if not member.certificates:
                return _("No certificate on record")
            if any(OUTCOMES[c.status] == Outcome.VALID for c in member.certificates):
                return _("No certificate on record is enough on this day")
            state = Status(member.certificates[0].status).label
            return _("Latest certificate: %(state)s") % {"state": state}
        if not member.trainings:
            return _("No training for this on record")
        first_day, last_day = self.question.window
        recent = [
            credit
            for credit in member.trainings
            if first_day <= credit.record.done_on <= last_day
        ]
        if not recent:
            last = date_format(member.trainings[0].record.done_on, "Y-m-d")
            return _("Not trained in the years of the plan; last on %(day)s") % {
                "day": last
            }
        if not any(credit.completed for credit in recent):
            return _("Trained in the years of the plan, but the hours were not met")
        return _("No training on record is enough on this day")


class _Index:
    """Members by person: each fact on record is laid to its owner in one step."""

    def __init__(self, members):
        self._members = defaultdict(list)
        for member in members:
            self._members[member.person.pk].append(member)

    @property
    def people(self):
        return list(self._members)

    def whose(self, fact):
        """Return those a post, training or certificate is about, also by its item."""
        return [
            member
            for member in self._members.get(fact.person_id, ())
            if member.item is None or fact.item_id == member.item.pk
        ]


def _training_text(credit):
    record = credit.record
    state = _("completed") if credit.completed else _("hours not met")
    return _("%(day)s %(kind)s, %(hours)s hours, %(class)s, %(state)s") % {
        "day": date_format(record.done_on, "Y-m-d"),
        "kind": record.get_kind_display(),
        "hours": f"{record.hours.normalize():f}",
        "class": _("high-hazard") if record.high_hazard else _("general"),
        "state": state,
    }


def _certificate_text(certificate):
    until = certificate.valid_to
    return _("%(kind)s %(item)s from %(since)s to %(until)s: %(state)s") % {
        "kind": certificate.kind.label,
        "item": _subject(certificate),
        "since": date_format(certificate.valid_from, "Y-m-d"),
        "until": date_format(until, "Y-m-d") if until else _("no end"),
        "state": Status(certificate.status).label,
    }


def _subject(certificate):
    """What a certificate is for: an item or a role, and by whom, if by others."""
    item = certificate.item
    subject = item.code if item else certificate.get_role_display()
    if certificate.issuing_system == IssuingSystem.EMERGENCY:
        return subject
    return f"{subject} · {certificate.get_issuing_system_display()}"
