"""What is asked: which plan, as of which day, known by when, and about whom."""

import datetime as dt
from dataclasses import dataclass, replace

from django.db.models import CharField, F, QuerySet, TextChoices, Value
from django.db.models.functions import Cast, ExtractYear
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate
from courses.models import TrainingRecord
from lms.access.levels import Access
from lms.people.models import Organisation, Post
from lms.plan.models import Plan


class Dimension(TextChoices):
    """What a figure can be broken down by."""

    TOWN = "town", _("by town or street")
    ZONE = "zone", _("by zone")
    INDUSTRY = "industry", _("by industry")
    ROLE = "role", _("by role")
    ITEM = "item", _("by operation item")
    ORGANISATION = "organisation", _("by organisation")
    YEAR = "year", _("by year")


POST_PATHS = {
    Dimension.TOWN: "organisation__town_id",
    Dimension.ZONE: "organisation__zone_id",
    Dimension.INDUSTRY: "organisation__industries",
    Dimension.ROLE: "role",
    Dimension.ITEM: "item_id",
    Dimension.ORGANISATION: "organisation_id",
}

ORGANISATION_PATHS = {
    Dimension.TOWN: "town_id",
    Dimension.ZONE: "zone_id",
    Dimension.INDUSTRY: "industries",
    Dimension.ORGANISATION: "pk",
}

# The flow belongs where the training happened: the employer and town of then.
RECORD_PATHS = {
    Dimension.TOWN: "town_id",
    Dimension.ZONE: "employer__zone_id",
    Dimension.INDUSTRY: "employer__industries",
    Dimension.ROLE: "credits__audience",
    Dimension.ITEM: "item_id",
    Dimension.ORGANISATION: "employer_id",
}


@dataclass(frozen=True)
class Scope:
    """Whom the figures are about: everybody, or what a user may see.

    ``staff_of`` is an enterprise's own view: those who hold a post with it on the
    day, trained by any employer, so that its fractions and lists always agree.
    ``within`` holds further filters of a drill-down.
    """

    staff_of: int | None = None
    within: tuple[tuple[Dimension, object], ...] = ()
    closed: bool = False

    @classmethod
    def of(cls, user) -> "Scope":
        """Return the scope of a signed-in user; of a worker, nothing at all."""
        if not user.is_authenticated or not user.is_active:
            return cls(closed=True)
        if user.is_superuser or user.access == Access.CITY:
            return cls()
        if user.access == Access.TOWN:
            return cls().narrow(Dimension.TOWN, user.town_id)
        if user.access == Access.ORGANISATION:
            return cls(staff_of=user.organisation_id)
        return cls(closed=True)

    @property
    def whole(self) -> bool:
        """Whether this is the whole city, which alone a count's target speaks of."""
        return self == Scope()

    def narrow(self, dimension: Dimension, key) -> "Scope":
        """Return this scope, limited to one row of a breakdown."""
        return replace(self, within=(*self.within, (dimension, key)))


@dataclass(frozen=True)
class Question:
    """One plan, one day, one scope; every indicator answers the same question.

    ``recorded_by`` is the second clock: what the system knew at that moment. It
    leaves out organisations, posts, training records and certificates recorded
    later, and undoes what they do to others: a correction of a record, a newer cycle
    that replaces a certificate. It cannot rewind what is kept without history: an
    organisation's hazard class, town, tags and scope dates, a post's dates edited
    afterwards, and dates typed onto a certificate later (suspension, revocation, a
    passed review).
    """

    plan: Plan
    day: dt.date
    recorded_by: dt.datetime | None = None
    scope: Scope = Scope()

    @property
    def window(self) -> tuple[dt.date, dt.date]:
        """W(D), both days included. Before the plan it is empty: it ends first."""
        return self.plan.starts_on, min(self.day, self.plan.ends_on)

    @cached_property
    def valid_certificates(self) -> QuerySet:
        """Certificates of all holders in a valid state on the day.

        Kept, since building it asks from which day on reviews are not asked for.
        """
        return Certificate.objects.valid_on(self.day, self.recorded_by).order_by()

    def posts(self, *roles, in_scope: bool = True) -> QuerySet:
        """Return the posts of some roles held on the day, within the scope."""
        posts = Post.objects.active_on(self.day).filter(role__in=roles)
        if in_scope:
            posts = posts.in_scope(self.day)
        if self.recorded_by is not None:
            posts = posts.filter(recorded_at__lte=self.recorded_by)
        if self.scope.closed:
            posts = posts.filter(pk__lt=0)
        if self.scope.staff_of is not None:
            posts = posts.filter(organisation_id=self.scope.staff_of)
        for dimension, key in self.scope.within:
            if dimension in POST_PATHS:
                posts = posts.filter(**{POST_PATHS[dimension]: key})
        return posts.order_by()

    def organisations(self) -> QuerySet:
        """Return the organisations within the scope, of every kind."""
        organisations = Organisation.objects.order_by()
        if self.recorded_by is not None:
            organisations = organisations.filter(recorded_at__lte=self.recorded_by)
        if self.scope.closed:
            organisations = organisations.filter(pk__lt=0)
        if self.scope.staff_of is not None:
            organisations = organisations.filter(pk=self.scope.staff_of)
        for dimension, key in self.scope.within:
            if dimension in ORGANISATION_PATHS:
                organisations = organisations.filter(
                    **{ORGANISATION_PATHS[dimension]: key}
                )
        return organisations

    def records(self) -> QuerySet:
        """Return the training records of everybody that count as known."""
        return TrainingRecord.objects.current(self.recorded_by).order_by()

    def flow(self) -> QuerySet:
        """Return the records done in the window, within the scope."""
        records = self.records().filter(done_on__range=self.window)
        if self.scope.closed:
            records = records.filter(pk__lt=0)
        if self.scope.staff_of is not None:
            staff = Post.objects.active_on(self.day).filter(
                organisation_id=self.scope.staff_of
            )
            if self.recorded_by is not None:
                staff = staff.filter(recorded_at__lte=self.recorded_by)
            records = records.filter(person__in=staff.order_by().values("person"))
        for dimension, key in self.scope.within:
            if dimension == Dimension.YEAR:
                records = records.filter(done_on__year=key)
            elif dimension == Dimension.ROLE:
                records = records.filter(credits__audience=key, credits__completed=True)
            else:
                records = records.filter(**{RECORD_PATHS[dimension]: key})
        return records


def post_groups(by: tuple[Dimension, ...]) -> dict:
    """Return the group columns ``g0, g1…`` of a breakdown of posts."""
    return {f"g{n}": F(POST_PATHS[dimension]) for n, dimension in enumerate(by)} or {
        "g0": Value(0)
    }


def organisation_groups(by: tuple[Dimension, ...], role: str) -> dict:
    """Return the group columns of a breakdown of organisations asked for a role."""
    groups = {}
    for number, dimension in enumerate(by):
        if dimension == Dimension.ROLE:
            groups[f"g{number}"] = Cast(Value(str(role)), CharField())
        else:
            groups[f"g{number}"] = F(ORGANISATION_PATHS[dimension])
    return groups or {"g0": Value(0)}


def record_groups(by: tuple[Dimension, ...]) -> dict:
    """Return the group columns of a breakdown of training records."""
    groups = {}
    for number, dimension in enumerate(by):
        if dimension == Dimension.YEAR:
            groups[f"g{number}"] = ExtractYear("done_on")
        else:
            groups[f"g{number}"] = F(RECORD_PATHS[dimension])
    return groups or {"g0": Value(0)}
