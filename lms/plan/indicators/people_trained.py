from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from courses.models import TrainingCredit
from lms.plan.indicators.base import Indicator, Measure, Variant, group_names, keyed
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.question import Dimension, Question, record_groups
from lms.plan.indicators.registry import register
from lms.plan.indicators.relations import Relations, flag


class PeopleTrained(Indicator):
    """IND-01: unique persons with at least one completed training in W(D)."""

    code = "IND-01"
    name = _("people trained")
    definition = _(
        "People with at least one completed training from the first day of the plan "
        "to the date shown. Someone trained three times counts once; people who have "
        "left stay counted."
    )
    counted = True
    variants = {
        "person_times": Variant(_("person-times"), informs=True),
        "passed_persons": Variant(_("people who passed"), informs=True),
        "no_id_times": Variant(_("trainings without an identity"), informs=True),
    }
    published_by_town = True
    leads = True
    tile = public_tile = "plan/_trained.html"

    def nothing(self):
        return self._figures(0, 0, 0, 0)

    def measure(self, question, by=()):
        records = self.completions(question, by)
        rows = records.rows(
            "SELECT {groups}, COUNT(DISTINCT who), COUNT(who), "
            "COUNT(DISTINCT CASE WHEN passed = 1 THEN who END), "
            "COUNT(*) - COUNT(who) FROM completions GROUP BY {groups}"
        )
        return {
            key: self._figures(*numbers)
            for key, numbers in keyed(rows, len(by) or 1).items()
        }

    def units(self, question, by=()):
        return self.completions(question, by).define(
            "units",
            "SELECT {groups}, who, 0 AS what, 1 AS ok FROM completions "
            "WHERE who IS NOT NULL GROUP BY {groups}, who",
        )

    def completions(
        self, question: Question, by: tuple[Dimension, ...] = ()
    ) -> Relations:
        """One row per completed record; by role, one per role it was completed for."""
        records = question.flow()
        if Dimension.ROLE in by:
            records = records.filter(credits__completed=True)
        else:
            completed = TrainingCredit.objects.filter(
                record=OuterRef("pk"), completed=True
            )
            records = records.filter(Exists(completed))
        return Relations(group_names(by)).add(
            "completions",
            records,
            **record_groups(by),
            who=F("person_id"),
            passed=flag(Q(passed_on__lte=question.day)),
        )

    @staticmethod
    def _figures(persons, times, passed, without_id):
        return Measure(
            Figure(persons),
            {
                "person_times": Figure(times),
                "passed_persons": Figure(passed),
                "no_id_times": Figure(without_id),
            },
        )


register(PeopleTrained())
