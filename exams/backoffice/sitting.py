"""The desk of a sitting: who is expected, who writes, who has handed in."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import TrainingClass
from exams.backoffice.forms import closing_in_words
from exams.backoffice.sitting_acts import is_not_over, papers_in_words
from exams.backoffice.sitting_people import people_at
from exams.backoffice.sitting_table import PEOPLE, people_table
from exams.services.admission import is_final, unconfirmed_people
from exams.services.finalise import finalise_due
from exams.views.presentation import moment
from lms.backoffice.desk_tables import group_url
from lms.backoffice.desks import DeskSection, DeskView, Link, Note, Step, section_of
from lms.backoffice.rows import with_keys
from lms.backoffice.views import AuditedCreateView, AuditedEditView, LandsOnDesk
from lms.evidence import clock


class SittingCreateView(LandsOnDesk, AuditedCreateView):
    """The form of a new sitting; the address may name its class.

    The form then begins with the final exam of the programme of the class.
    """

    def get_initial(self):
        known = super().get_initial()
        key = self.request.GET.get("training_class")
        if not key:
            return known
        classes = TrainingClass.objects.select_related("programme__exam__blueprint")
        training_class = get_object_or_404(with_keys(classes, [key]))
        known |= {"training_class": training_class, "room": training_class.venue}
        if exam := getattr(training_class.programme, "exam", None):
            known |= {
                "title": exam.blueprint.title,
                "blueprint": exam.blueprint,
                "max_attempts": exam.max_attempts,
            }
        return known


class SittingEditView(LandsOnDesk, AuditedEditView):
    pass


class SittingDesk(DeskView):
    """The desk of one sitting. It ends the attempts that are due before it counts."""

    def get(self, request, *args, **kwargs):
        finalise_due(sitting=self.object, now=self.now)
        return super().get(request, *args, **kwargs)

    @cached_property
    def now(self):
        return clock.now()

    @cached_property
    def people(self):
        """The people the user sees, expected or not, a row for each attempt."""
        return people_at(self.object, self.request.user, self.now)

    @cached_property
    def table(self):
        return people_table(self.object, self.people, self.request.user)

    @property
    def waiting(self):
        """How many results wait to be released."""
        return sum(one.waits for one in self.people)

    @property
    def has_running(self):
        return any(one.is_writing for one in self.people)

    def get_steps(self):
        row, now = self.object, self.now
        has_begun, is_over = now >= row.opens_at, now >= row.closes_at
        is_told = is_over and not self.has_running and not self.waiting
        done = [has_begun, is_over, is_told]
        labels = [_("before the opening"), _("open"), _("results out")]
        if is_over and self.has_running:
            labels[2] = _("the last are writing")
        current = done.index(False) if False in done else len(done) - 1
        return [
            Step(label, is_done=at < current or all(done), is_current=at == current)
            for at, label in enumerate(labels)
        ]

    def get_facts(self):
        row = self.object
        return [
            (_("paper blueprint"), row.blueprint.title),
            (_("opens"), moment(row.opens_at)),
            (_("closes"), moment(row.closes_at)),
            (_("room"), row.room or "—"),
            (_("Access code"), row.access_code or "—"),
            (
                _("Expected"),
                len({one.person for one in self.people if one.is_expected}),
            ),
            (_("Writing now"), self._number("writing")),
            (_("Handed in"), self._number("handed-in")),
            (_("Not started"), self._number("not-started")),
            (_("Passed"), self._number("passed")),
            *self._papers(),
            (_("A candidate is told"), row.get_review_policy_display()),
        ]

    def _papers(self):
        if is_not_over(self.object):
            yield _("Papers made ahead"), papers_in_words(self.object)

    def _number(self, key):
        """Return the number of a group; it leads to the rows of the group."""
        count = self.table.count(key)
        return Link(str(count), group_url(PEOPLE, key)) if count else count

    def get_notes(self):
        notes = []
        if self.waiting:
            text = ngettext(
                "%(count)d result waits to be released.",
                "%(count)d results wait to be released.",
                self.waiting,
            )
            them = Link(_("Show them"), group_url(PEOPLE, "waiting"))
            notes.append(Note(text % {"count": self.waiting}, links=(them,)))
        notes.append(Note(closing_in_words(self.object), "info"))
        if self.object.training_class:
            notes.append(Note(meaning_of(self.object), "info"))
        return notes

    def get_sections(self):
        return [
            *self._unconfirmed(),
            *self._extended(),
            section_of(_("People at the sitting"), self.table),
        ]

    def _unconfirmed(self):
        user = self.request.user
        if not user.has_perm("people.confirm_identity"):
            return
        people = [
            (person, reverse("people_admin:identity", args=[person.pk]))
            for person in unconfirmed_people(self.object, user)
        ]
        if people:
            yield DeskSection(
                _("Identity not confirmed yet"),
                "exams/admin/_sitting_unconfirmed.html",
                {"people": people, "back": self.request.path},
                "identity",
            )

    def _extended(self):
        candidates = self.object.candidates.filter(
            extra_s__gt=0, person__in={one.person for one in self.people}
        ).select_related("person")
        if candidates:
            yield DeskSection(
                _("More time agreed"),
                "exams/admin/_sitting_extended.html",
                {"candidates": candidates},
            )


def meaning_of(sitting) -> str:
    """Say whether a pass at a sitting earns the proof of its class."""
    if is_final(sitting):
        return _("The final exam of this class: a pass earns the proof.")
    return _(
        "A practice sitting: the class does not end with this paper, so a pass earns "
        "no proof."
    )
