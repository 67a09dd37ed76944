"""The desk of a sitting: who is expected, who writes, who has handed in."""

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.backoffice.forms import closing_in_words
from exams.backoffice.sitting_acts import MAY_CHANGE, people_seen, waiting_seen
from exams.models import EffectiveState
from exams.services.admission import is_final, unconfirmed_people
from exams.services.finalise import finalise_due
from exams.views.presentation import moment
from lms.backoffice.desks import DeskSection, DeskView, Note, Step
from lms.backoffice.row_actions import address_of
from lms.backoffice.views import AuditedCreateView, AuditedEditView, LandsOnDesk
from lms.evidence import clock


class SittingCreateView(LandsOnDesk, AuditedCreateView):
    pass


class SittingEditView(LandsOnDesk, AuditedEditView):
    pass


class SittingDesk(DeskView):
    """The desk of one sitting. It ends the attempts that are due before it counts."""

    def get_context_data(self, **kwargs):
        finalise_due(sitting=self.object, now=self.now)
        return super().get_context_data(**kwargs)

    @cached_property
    def now(self):
        return clock.now()

    @cached_property
    def attempts(self):
        seen = self.object.attempts.visible_to(self.request.user).for_listing()
        return list(seen.order_by("person__name", "number"))

    @cached_property
    def people(self):
        return people_seen(self.object, self.request.user)

    @cached_property
    def waiting(self):
        """How many results wait to be released."""
        return waiting_seen(self.object, self.request.user).count()

    @property
    def running(self):
        closed = EffectiveState.CLOSED
        return [one for one in self.attempts if one.effective_state(self.now) != closed]

    def get_steps(self):
        row, now = self.object, self.now
        has_begun, is_over = now >= row.opens_at, now >= row.closes_at
        is_told = is_over and not self.running and not self.waiting
        done = [has_begun, is_over, is_told]
        labels = [_("before the opening"), _("open"), _("results out")]
        if is_over and self.running:
            labels[2] = _("the last are writing")
        current = done.index(False) if False in done else len(done) - 1
        return [
            Step(label, is_done=at < current or all(done), is_current=at == current)
            for at, label in enumerate(labels)
        ]

    def get_facts(self):
        row, expected = self.object, self.people.count()
        started = len({one.person_id for one in self.attempts})
        handed_in = len(self.attempts) - len(self.running)
        results = [one.result for one in self.attempts if hasattr(one, "result")]
        return [
            (_("paper blueprint"), row.blueprint.title),
            (_("opens"), moment(row.opens_at)),
            (_("closes"), moment(row.closes_at)),
            (_("room"), row.room or "—"),
            (_("Access code"), row.access_code or "—"),
            (_("Expected"), expected),
            (_("Writing now"), len(self.running)),
            (_("Handed in"), handed_in),
            (_("Not started"), max(0, expected - started)),
            (_("Passed"), f"{sum(one.passed for one in results)} / {len(results)}"),
            (_("A candidate is told"), row.get_review_policy_display()),
        ]

    def get_notes(self):
        notes = []
        if self.waiting:
            text = ngettext(
                "%(count)d result waits to be released.",
                "%(count)d results wait to be released.",
                self.waiting,
            )
            notes.append(Note(text % {"count": self.waiting}))
        notes.append(Note(closing_in_words(self.object), "info"))
        if self.object.training_class:
            notes.append(Note(meaning_of(self.object), "info"))
        return notes

    def get_sections(self):
        return [
            *self._unconfirmed(),
            *self._extended(),
            DeskSection(
                _("Attempts"),
                "exams/admin/_sitting_attempts.html",
                {"rows": self._rows(), "time_url": self._time_url()},
                "attempts",
            ),
        ]

    def _rows(self):
        return [
            (one, state.label, state != EffectiveState.CLOSED)
            for one in self.attempts
            for state in [one.effective_state(self.now)]
        ]

    def _time_url(self):
        may = self.request.user.has_perm(MAY_CHANGE)
        return address_of(self.object, "extra-time") if may else ""

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
            extra_s__gt=0, person__in=self.people
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
