import datetime as dt

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models import Audience
from lms.people.models import OrganisationKind, Role
from lms.plan.indicators.base import TOTAL, Indicator, Measure, group_names, keyed
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.question import Dimension, Question, post_groups
from lms.plan.indicators.relations import Relations, flag


class SupervisorTraining(Indicator):
    """IND-02: supervisors in post at D with a completed supervisor course in W(D).

    Any kind of training counts. Vacant posts are listed, never counted. An office
    is a town's when it bears the town's name; the city bureau, which merely lies
    in one, is not.
    """

    code = "IND-02"
    definition = _(
        "Supervisors in post on the date shown who completed a course for supervisors "
        "since the first day of the plan, out of all supervisors in post that day. "
        "Vacant posts are not counted."
    )
    dimensions = frozenset(
        {Dimension.TOWN, Dimension.ZONE, Dimension.ORGANISATION, Dimension.ROLE}
    )

    def measure(self, question, by=()):
        rows = self.units(question, by).rows(
            "SELECT {groups}, COUNT(*), SUM(ok), SUM(yearly), SUM(town), "
            "SUM(town * ok) FROM units GROUP BY {groups}"
        )
        measures = {}
        for key, numbers in keyed(rows, len(by) or 1).items():
            persons, trained, yearly, town, town_trained = numbers
            measures[key] = Measure(
                Figure(trained, persons),
                {
                    "annual": Figure(yearly, persons),
                    "town_posts": Figure(town_trained, town),
                },
            )
        if not by:
            self._add_vacancies(question, measures.setdefault(TOTAL, self.nothing()))
        return measures

    def nothing(self):
        return Measure(
            Figure(0, 0), {"annual": Figure(0, 0), "town_posts": Figure(0, 0)}
        )

    def units(self, question, by=()):
        posts = question.posts(Role.SUPERVISOR, in_scope=False)
        named = Q(organisation__name__contains=F("organisation__town__name"))
        return (
            Relations(group_names(by))
            .add(
                "held",
                posts,
                **post_groups(by),
                who=F("person_id"),
                town=flag(named),
            )
            .add(
                "trained",
                self._courses(question),
                who=F("person_id"),
                windowed=flag(Q(done_on__range=question.window)),
                yearly=flag(Q(done_on__range=self._year(question))),
            )
            .define(
                "facts",
                "SELECT who, MAX(windowed) AS windowed, MAX(yearly) AS yearly "
                "FROM trained GROUP BY who",
            )
            .define(
                "units",
                "SELECT {groups}, held.who AS who, 0 AS what, "
                "COALESCE(MAX(windowed), 0) AS ok, "
                "COALESCE(MAX(yearly), 0) AS yearly, MAX(town) AS town FROM held "
                "LEFT JOIN facts ON facts.who = held.who GROUP BY held.who, {groups}",
            )
        )

    def _establishment(self, question: Question) -> list[tuple]:
        """Return each authority and how many people hold a post there.

        The establishment is the present one: it is kept without history.
        """
        posts = question.posts(Role.SUPERVISOR, in_scope=False)
        held = Relations().add(
            "held", posts, office=F("organisation_id"), who=F("person_id")
        )
        people = dict(
            held.rows("SELECT office, COUNT(DISTINCT who) FROM held GROUP BY office")
        )
        offices = question.organisations().filter(
            kind=OrganisationKind.AUTHORITY, established_posts__isnull=False
        )
        return [(office, people.get(office.pk, 0)) for office in offices]

    def _add_vacancies(self, question, measure):
        establishment = self._establishment(question)
        posts = sum(office.established_posts for office, _held in establishment)
        vacant = sum(
            max(0, office.established_posts - held) for office, held in establishment
        )
        measure.variants["filled_posts"] = Figure(posts - vacant, posts)
        measure.facts["vacancies"] = vacant

    @staticmethod
    def _courses(question):
        return question.records().filter(
            credits__audience=Audience.SUPERVISOR,
            credits__completed=True,
            person__isnull=False,
            done_on__lte=question.day,
        )

    @staticmethod
    def _year(question):
        """The calendar year of the day so far; empty before the plan."""
        first = max(dt.date(question.day.year, 1, 1), question.plan.starts_on)
        return first, question.day
