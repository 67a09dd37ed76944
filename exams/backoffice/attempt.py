"""The desk of an attempt, and how a proctor ends it."""

import json

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.backoffice.forms import EndForm
from exams.backoffice.sitting_table import to_the_second
from exams.kinds import kind_of
from exams.models import AnswerEntry, Attempt, AttemptState
from exams.papers.marking import earned
from exams.services.answer_journal import current_answers
from exams.services.finalise import close_attempt
from exams.views.presentation import plain, slots_of
from exams.views.results import outcome_of
from lms.backoffice.desks import DeskSection, DeskView
from lms.backoffice.row_actions import RowAction, register_row_actions


class AttemptDesk(DeskView):
    """Everything that arrived, for an appeal: answers, marks, journal, time given."""

    def get_page_title(self):
        return self.object.person.name

    def get_page_subtitle(self):
        go = _("attempt %(n)s") % {"n": self.object.number}
        return f"{self.object.sitting} · {go}"

    def get_facts(self):
        row, submission = self.object, getattr(self.object, "submission", None)
        facts = [
            (_("started"), to_the_second(row.started_at)),
            (_("deadline"), to_the_second(row.deadline)),
        ]
        if submission:
            handed_in = to_the_second(submission.submitted_at)
            facts.append((submission.get_cause_display(), handed_in))
        if result := getattr(row, "result", None):
            word = _("Passed") if result.passed else _("Not passed")
            score = f"{plain(result.score)} / {plain(result.total)}"
            facts.append((_("result"), f"{word} · {score}"))
        return facts

    def get_sections(self):
        marks = list(self.object.marks.select_related("made_by", "key"))
        parts = [
            (
                _("What the pass brings, as the person reads it"),
                "outcome",
                outcome_of(self.object),
            ),
            (_("What was answered"), "answered", self._answered(marks)),
            (_("marks"), "marks", marks),
            (
                _("time adjustments"),
                "adjustments",
                self.object.adjustments.select_related("made_by"),
            ),
            (_("answer journal"), "journal", self._journal),
            (
                _("Fingerprints, to prove that nothing was changed"),
                "fingerprints",
                self._fingerprints(),
            ),
        ]
        always = ("answered", "marks", "journal", "fingerprints")
        return [
            DeskSection(heading, f"exams/admin/_attempt_{name}.html", {"rows": rows})
            for heading, name, rows in parts
            if rows or name in always
        ]

    @property
    def _slots(self):
        return {slot["slot"]: slot for slot in slots_of(self.object)}

    def _answered(self, marks):
        answers = current_answers(self.object)
        scores = earned(marks[0].per_slot, marks[0].key.key) if marks else {}
        return [
            (
                slot,
                value_in_words(slot, answers.get(number)),
                points(scores.get(number)),
            )
            for number, slot in self._slots.items()
        ]

    @property
    def _journal(self):
        slots = self._slots
        entries = AnswerEntry.objects.filter(attempt=self.object)
        return [
            (entry, value_in_words(slots[entry.slot], json.loads(entry.value)))
            for entry in entries.order_by("received_at", "seat_epoch", "seq")
        ]

    def _fingerprints(self):
        prints = [
            (_("attempt"), self.object.uuid),
            (_("paper"), self.object.paper.content_sha256),
        ]
        if submission := getattr(self.object, "submission", None):
            prints.append((_("answers handed in"), submission.answers_sha256))
        return prints


def points(score):
    """Return the marks of one question as a person writes them; – while unmarked."""
    return "–" if score is None else plain(score)


def value_in_words(slot, value):
    """Return an answer as the candidate saw it: options by letter, not by token."""
    if value is None:
        return "–"
    return "；".join(kind_of(slot["type"]).words(slot, value, lettered=True))


def end(attempt, *, by, reason):
    close_attempt(attempt, by=by, reason=reason)
    return _("The attempt is ended. What arrived until now counts.")


register_row_actions(
    Attempt,
    RowAction(
        name="end",
        label=gettext_lazy("End the attempt"),
        permission="exams.change_sitting",
        service=end,
        form_class=EndForm,
        consequence=gettext_lazy(
            "The person can write nothing more, and what has arrived is marked. This "
            "cannot be taken back."
        ),
        offered=lambda attempt: attempt.state == AttemptState.OPEN,
        is_final=True,
        icon="cross",
    ),
)
