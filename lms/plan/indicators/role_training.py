"""How IND-03a and IND-03b are counted: people trained for their role.

A person is measured against the strictest of the posts held (R5.1, R5.3): the
class of the training must reach it, and annual retraining counts only after an
initial training of that class, at any date, or for a post older than the plan.
"""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate
from courses.models import TrainingKind
from lms.people.models import Role, YesNoUndecided
from lms.plan.indicators.base import Indicator, Measure, Variant, group_names, keyed
from lms.plan.indicators.days import last_year, six_months_before
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.question import (
    Dimension,
    Question,
    organisation_groups,
    post_groups,
)
from lms.plan.indicators.relations import Relations, flag

# What is asked of a person in a group: the strictest class, the longest service.
NEEDS = """
SELECT {groups}, who, MAX(high) AS high,
  CASE WHEN MAX(high) = 1 THEN MAX(high * early) ELSE MAX(early) END AS early,
  MIN(fresh) AS fresh
FROM held GROUP BY {groups}, who
"""

# What a person has: for the general class (…_g) and for the high-hazard one (…_h).
FACTS = """
SELECT who,
  MAX(windowed * (1 - yearly)) AS direct_g,
  MAX(windowed * (1 - yearly) * high) AS direct_h,
  MAX(CASE WHEN windowed * yearly = 1 THEN done END) AS again_g,
  MAX(CASE WHEN windowed * yearly * high = 1 THEN done END) AS again_h,
  MIN(CASE WHEN first = 1 THEN done END) AS first_g,
  MIN(CASE WHEN first * high = 1 THEN done END) AS first_h,
  MAX(recent) AS recent_g, MAX(recent * high) AS recent_h
FROM trained GROUP BY who
"""

JUDGED = """
SELECT {groups}, needs.who AS who, fresh,
  CASE
    WHEN officer = 1 THEN 1
    WHEN high = 0 AND direct_g = 1 THEN 1
    WHEN high = 1 AND direct_h = 1 THEN 1
    WHEN high = 0 AND again_g IS NOT NULL AND (early = 1 OR first_g <= again_g) THEN 1
    WHEN high = 1 AND again_h IS NOT NULL AND (early = 1 OR first_h <= again_h) THEN 1
    ELSE 0
  END AS ok,
  CASE
    WHEN officer_recent = 1 THEN 1
    WHEN high = 0 THEN recent_g ELSE recent_h
  END AS recent
FROM needs
LEFT JOIN facts ON facts.who = needs.who
LEFT JOIN officers ON officers.who = needs.who
"""

UNITS = "SELECT {groups}, who, 0 AS what, ok, ok * recent AS timely, fresh FROM judged"


class RoleTraining(Indicator):
    """People in the role in enterprises in scope on the day, and the trained."""

    role: Role
    published_by_town = True
    variants = {
        "current": Variant(_("up to date with the yearly hours")),
        "excluding_first_6_months": Variant(_("without the first six months in post")),
        "+missing": Variant(_("with enterprises that have registered nobody")),
    }
    facts = {"missing": _("enterprises that have registered nobody")}
    dimensions = frozenset(
        {
            Dimension.TOWN,
            Dimension.ZONE,
            Dimension.INDUSTRY,
            Dimension.ROLE,
            Dimension.ORGANISATION,
        }
    )

    def nothing(self):
        return self._figures(0, 0, 0, 0, 0, missing=0)

    def measure(self, question, by=()):
        rows = self.units(question, by).rows(
            "SELECT {groups}, COUNT(*), SUM(ok), SUM(timely), SUM(1 - fresh), "
            "SUM((1 - fresh) * ok) FROM units GROUP BY {groups}"
        )
        counted = keyed(rows, len(by) or 1)
        missing = self._without(question, by)
        return {
            key: self._figures(
                *counted.get(key, (0, 0, 0, 0, 0)), missing=missing.get(key, (0,))[0]
            )
            for key in counted.keys() | missing.keys()
        }

    def units(self, question, by=()):
        posts = question.posts(self.role)
        return (
            Relations(group_names(by))
            .add(
                "held",
                posts,
                **post_groups(by),
                who=F("person_id"),
                high=flag(Q(organisation__high_hazard=YesNoUndecided.YES)),
                early=flag(Q(starts_on__lt=question.plan.starts_on)),
                fresh=flag(Q(starts_on__gte=six_months_before(question.day))),
            )
            .define("needs", NEEDS)
            .add("trained", self._trainings(question), **self._columns(question))
            .define("facts", FACTS)
            .add("certified", self._officers(question), **self._officer(question))
            .define(
                "officers",
                "SELECT who, 1 AS officer, MAX(late) AS officer_recent "
                "FROM certified GROUP BY who",
            )
            .define("judged", JUDGED)
            .define("units", UNITS)
        )

    def _trainings(self, question):
        return question.records().filter(
            ~Q(kind=TrainingKind.SPECIAL_TOPIC),
            credits__audience=self.role,
            credits__completed=True,
            person__isnull=False,
            done_on__lte=question.day,
        )

    def _columns(self, question):
        return {
            "who": F("person_id"),
            "done": F("done_on"),
            "high": flag(Q(high_hazard=True)),
            "yearly": flag(Q(kind=TrainingKind.ANNUAL)),
            "first": flag(Q(kind=TrainingKind.INITIAL)),
            "windowed": flag(Q(done_on__range=question.window)),
            "recent": flag(Q(done_on__gte=last_year(question.day))),
        }

    def _officers(self, question):
        """Certificates first issued in W(D) that prove the training for the role."""
        certificates = Certificate.objects.known_by(question.recorded_by)
        if self.certificates is None:
            certificates = certificates.filter(pk__lt=0)
        else:
            certificates = certificates.filter(self.certificates)
        return certificates.filter(first_issued_on__range=question.window).order_by()

    def _officer(self, question):
        return {
            "who": F("person_id"),
            "late": flag(Q(first_issued_on__gte=last_year(question.day))),
        }

    def _without(self, question: Question, by) -> dict:
        """Count in-scope enterprises where nobody holds the role on the day."""
        held = question.posts(self.role).values("organisation")
        enterprises = (
            question.organisations().in_scope(question.day).exclude(pk__in=held)
        )
        rows = (
            Relations(group_names(by))
            .add(
                "empty", enterprises, **organisation_groups(by, self.role), org=F("pk")
            )
            .rows("SELECT {groups}, COUNT(*) FROM empty GROUP BY {groups}")
        )
        return keyed(rows, len(by) or 1)

    @staticmethod
    def _figures(persons, trained, timely, settled, settled_trained, *, missing):
        return Measure(
            Figure(trained, persons),
            {
                "current": Figure(timely, persons),
                "excluding_first_6_months": Figure(settled_trained, settled),
                "+missing": Figure(trained, persons + missing),
            },
            {"missing": missing},
        )
