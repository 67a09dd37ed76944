"""Desk of a class: its state, what is missing, and the people in it."""

from django.db import transaction
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.backoffice.class_acts import BEFORE_ENROLMENT, takes_people
from courses.backoffice.class_people import PEOPLE, people_table
from courses.hours.progress import out_of_reach, progress_for
from courses.hours.words import class_hours
from courses.models import ClassState
from lms.backoffice.desk_tables import group_url
from lms.backoffice.desks import DeskView, Link, Note, Step, section_of
from lms.backoffice.views import AuditedCreateView, AuditedEditView, LandsOnDesk
from lms.evidence import clock

LINE = [state for state in ClassState if state != ClassState.CANCELLED]


class ClassCreateView(LandsOnDesk, AuditedCreateView):
    pass


# The form counts the people of the class: save before others are enrolled.
@method_decorator(transaction.atomic, name="post")
class ClassEditView(LandsOnDesk, AuditedEditView):
    pass


class ClassDesk(DeskView):
    """The desk of one class."""

    @cached_property
    def progress(self):
        """How far each person is whom the user sees, the admitted first."""
        seen = self.object.enrolments.visible_to(self.request.user)
        seen = seen.for_class_listing()
        return progress_for(seen.order_by("status", "person__name", "pk"))

    @cached_property
    def counts(self):
        """The numbers of the whole class, of people whom the user may not see too."""
        return self.object.enrolments.admitted().counted()

    @property
    def staying(self):
        return [one.enrolment for one in self.progress if one.enrolment.is_admitted]

    @property
    def unseen(self):
        return self.counts["admitted"] - len(self.staying)

    def get_steps(self):
        state = ClassState(self.object.state)
        if state == ClassState.CANCELLED:
            return [Step(state.label, is_current=True)]
        now = LINE.index(state)
        return [
            Step(one.label, is_done=at < now, is_current=at == now)
            for at, one in enumerate(LINE)
        ]

    def get_facts(self):
        row, counts = self.object, self.counts
        return [
            (_("programme"), row.programme.title),
            (_("First day"), row.starts_on.isoformat()),
            (_("Last day"), row.ends_on.isoformat()),
            (_("Place"), row.venue or "—"),
            (_("Planned class hours"), class_hours(row.planned_hours)),
            (_("Enrolled"), self._people("admitted", row.capacity)),
            (_("Hours met"), self._people("hours_met", counts["admitted"])),
            (_("Passed"), self._people("passed", counts["admitted"])),
        ]

    def _people(self, name, whole):
        """Return a number of people; it leads to them where the user sees them all."""
        said = f"{self.counts[name]} / {whole}"
        if self.unseen or not self.counts[name]:
            return said
        return Link(said, group_url(PEOPLE, name.replace("_", "-")))

    def get_notes(self):
        return [
            *(Note(str(refusal)) for refusal in out_of_reach([self.object])),
            *self._notes_on_state(),
            *self._notes_on_people(),
        ]

    def _notes_on_state(self):
        row, today = self.object, clock.today()
        facts = {"state": row.get_state_display()}
        if row.state == ClassState.CANCELLED:
            why = _("The class was cancelled: %(reason)s")
            yield Note(why % {"reason": row.cancel_reason})
        elif row.state in BEFORE_ENROLMENT:
            later = _("This class is “%(state)s” and accepts no enrolments yet.")
            yield Note(later % facts, "info")
        elif not takes_people(row):
            over = _("This class is “%(state)s” and accepts no more enrolments.")
            yield Note(over % facts, "info")
        if row.state == ClassState.CONFIRMED and today < row.starts_on:
            begins = _("It begins on %(day)s and cannot run before.")
            yield Note(begins % {"day": row.starts_on}, "info")
        if row.counts_study and row.ends_on < today:
            yield Note(_("The last day has passed: close the class."))

    def _notes_on_people(self):
        lacking = self.counts["admitted"] - self.counts["hours_met"]
        if self.object.counts_study and lacking:
            text = ngettext(
                "%(count)d person still lacks class hours.",
                "%(count)d people still lack class hours.",
                lacking,
            )
            them = Link(_("Show them"), group_url(PEOPLE, "hours-missing"))
            links = () if self.unseen else (them,)
            yield Note(text % {"count": lacking}, "info", links)
        if self.unseen:
            text = ngettext(
                "%(count)d person of the class comes from elsewhere and is not shown "
                "here.",
                "%(count)d people of the class come from elsewhere and are not shown "
                "here.",
                self.unseen,
            )
            yield Note(text % {"count": self.unseen}, "info")

    def get_sections(self):
        table = people_table(self.object, self.progress, self.request.user)
        return [section_of(_("People in the class"), table)]

    def get_links(self):
        links = super().get_links()
        may_enter = self.request.user.has_perm("courses.add_hourentry")
        if not (self.object.counts_study and may_enter):
            return links
        name = self.object.snippet_viewset.get_url_name("hours")
        hours = reverse(name, args=[self.object.pk])
        return [Link(_("Enter class hours"), hours), *links]
