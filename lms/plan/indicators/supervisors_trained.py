from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.models import Audience
from lms.people.models import OrganisationKind, Role
from lms.plan.indicators.base import Indicator, Measure, Variant, group_names, keyed
from lms.plan.indicators.figures import Figure
from lms.plan.indicators.question import (
    Dimension,
    Question,
    organisation_groups,
    post_groups,
)
from lms.plan.indicators.registry import register
from lms.plan.indicators.relations import Relations, flag


class SupervisorTraining(Indicator):
    """IND-02: supervisors in post at D with a completed supervisor course in W(D).

    Any kind of training counts. Vacant posts are listed, never counted. An authority
    with more people in post than posts is a data error, and listed as one; authorities
    without an establishment are listed where they bring the rate over 100%.
    """

    code = "IND-02"
    name = _("training rate of supervisors")
    definition = _(
        "Supervisors in post on the date shown who completed a course for supervisors "
        "since the first day of the plan, out of all supervisors in post that day. "
        "Vacant posts are not counted."
    )
    variants = {
        "annual": Variant(_("trained this calendar year")),
        "filled_posts": Variant(_("posts filled"), informs=True),
    }
    facts = {"vacancies": _("vacant posts, not counted")}
    role = Role.SUPERVISOR
    in_scope = False
    of_enterprises = False
    dimensions = frozenset(
        {Dimension.TOWN, Dimension.ZONE, Dimension.ORGANISATION, Dimension.ROLE}
    )

    def measure(self, question, by=()):
        width = len(by) or 1
        rows = self.units(question, by).rows(
            "SELECT {groups}, COUNT(*), SUM(ok), SUM(yearly) FROM units "
            "GROUP BY {groups}"
        )
        people = keyed(rows, width)
        offices = self._offices(question, by)
        return {
            key: self._figures(*people.get(key, (0, 0, 0)), offices.get(key, []))
            for key in people.keys() | offices.keys()
        }

    def nothing(self):
        return self._figures(0, 0, 0, [])

    def units(self, question, by=()):
        posts = question.posts(self.role, in_scope=False)
        return (
            Relations(group_names(by))
            .add("held", posts, **post_groups(by), who=F("person_id"))
            .add(
                "trained",
                self._courses(question),
                who=F("person_id"),
                windowed=flag(Q(done_on__range=question.window)),
                yearly=flag(Q(done_on__year=question.day.year)),
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
                "COALESCE(MAX(yearly), 0) AS yearly FROM held "
                "LEFT JOIN facts ON facts.who = held.who GROUP BY held.who, {groups}",
            )
        )

    def _offices(self, question: Question, by) -> dict[tuple, list[tuple]]:
        """Return name, posts and people in post of the authorities of each group.

        The establishment is the present one: it is kept without history. Posts are
        None where none is on record.
        """
        offices = question.organisations().filter(kind=OrganisationKind.AUTHORITY)
        posts = question.posts(self.role, in_scope=False)
        rows = (
            Relations(group_names(by))
            .add(
                "offices",
                offices,
                **organisation_groups(by, self.role),
                office=F("pk"),
                title=F("name"),
                established=F("established_posts"),
            )
            .add("held", posts, place=F("organisation_id"), who=F("person_id"))
            .rows(
                "SELECT {groups}, title, established, COUNT(DISTINCT who) FROM offices "
                "LEFT JOIN held ON held.place = offices.office "
                "GROUP BY {groups}, office, title, established "
                "HAVING established IS NOT NULL OR COUNT(who) > 0 ORDER BY office"
            )
        )
        found = {}
        for row in rows:
            found.setdefault(tuple(row[:-3]), []).append(row[-3:])
        return found

    def _figures(self, persons, trained, yearly, offices):
        established = [one for one in offices if one[1] is not None]
        filled = Figure(persons, sum(posts for _name, posts, _held in established))
        errors = [
            gettext("%(office)s: %(held)s in post, %(posts)s established")
            % {"office": name, "held": held, "posts": posts}
            for name, posts, held in established
            if held > posts
        ]
        if filled.impossible:
            errors += [
                gettext("%(office)s: %(held)s in post, no establishment on record")
                % {"office": name, "held": held}
                for name, posts, held in offices
                if posts is None
            ]
        vacant = sum(max(0, posts - held) for _name, posts, held in established)
        return Measure(
            Figure(trained, persons),
            {"annual": Figure(yearly, persons), "filled_posts": filled},
            {"vacancies": vacant},
            errors,
        )

    @staticmethod
    def _courses(question):
        return question.records().filter(
            credits__audience=Audience.SUPERVISOR,
            credits__completed=True,
            person__isnull=False,
            done_on__lte=question.day,
        )


register(SupervisorTraining())
