"""The desks of the back office, and their named actions.

An action asks a right, calls one service and goes back to its desk.
"""

import json
from itertools import chain

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from wagtail.admin.auth import permission_required
from wagtail.snippets.views.snippets import InspectView

from exams.backoffice.forms import (
    CandidateTimeForm,
    ExtraTimeForm,
    RetireForm,
    ReviewForm,
    closing_in_words,
)
from exams.exceptions import ExamRefusal
from exams.kinds import draft_from, kind_of
from exams.models import AnswerEntry, Question, QuestionState, Sitting
from exams.papers.marking import earned
from exams.services.admission import is_final, people_expected, unconfirmed_people
from exams.services.answers import current_answers
from exams.services.attempts import adjust_time
from exams.services.bank import retire_question, review_question
from exams.services.candidate_papers import prepare_papers
from exams.services.extra_time import agree_extra_time
from exams.services.finalise import finalise_due
from exams.services.papers import outlook
from exams.services.release import release_result
from exams.views.presentation import plain, slots_of
from exams.views.results import outcome_of
from lms.access.policies import staff_page
from lms.backoffice.views import AuditedCreateView, AuditedEditView, LandsOnDesk
from lms.evidence import clock
from lms.people.models import Person


class QuestionInspectView(InspectView):
    """The question as a candidate sees it, its history, and the review."""

    template_name = "exams/admin/question.html"

    def get_context_data(self, **kwargs):
        revisions = list(
            self.object.revisions.for_paper().select_related("author", "review")
        )
        waiting = not hasattr(revisions[0], "review")
        mine = revisions[0].author_id == self.request.user.pk
        return super().get_context_data(
            revisions=revisions,
            newest=revisions[0],
            remarks=kind_of(self.object.kind).remarks(draft_from(revisions[0])),
            may_review=waiting and not mine and self._may("add_questionreview"),
            waits_for_other=waiting and mine,
            may_retire=self.object.state != QuestionState.RETIRED
            and self._may("change_question"),
            **kwargs,
        )

    def _may(self, codename):
        return self.request.user.has_perm(f"exams.{codename}")


class QuestionSaveMixin:
    """Tell the author of a saved question what its kind makes of the words."""

    def save_instance(self):
        question = super().save_instance()
        for remark in kind_of(question.kind).remarks(self.form.draft):
            messages.info(self.request, remark)
        return question


class QuestionCreateView(QuestionSaveMixin, AuditedCreateView):
    pass


class QuestionEditView(QuestionSaveMixin, AuditedEditView):
    pass


class WarnsWhenUndrawable:
    """Says after saving why no paper can be drawn from a blueprint."""

    def form_valid(self, form):
        response = super().form_valid(form)
        for refusal in outlook(self.object).refusals:
            messages.warning(self.request, refusal)
        return response


class BlueprintCreateView(WarnsWhenUndrawable, AuditedCreateView):
    pass


class BlueprintEditView(WarnsWhenUndrawable, AuditedEditView):
    """The blueprint, and beside it whether the bank can fill it."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(outlook=outlook(self.object), **kwargs)


class SittingCreateView(LandsOnDesk, AuditedCreateView):
    pass


class SittingEditView(LandsOnDesk, AuditedEditView):
    pass


class SittingInspectView(InspectView):
    """Who writes, who has handed in, and what the desk may do."""

    template_name = "exams/admin/sitting.html"

    def get_context_data(self, **kwargs):
        now = clock.now()
        finalise_due(sitting=self.object, now=now)
        seen = self.object.attempts.visible_to(self.request.user)
        attempts = list(seen.for_listing().order_by("person__name"))
        running = seen.running(now)
        people = _people(self.object, self.request.user)
        return super().get_context_data(
            rows=[(one, one.effective_state(now).label) for one in attempts],
            waiting=seen.awaiting_release().count(),
            running=sum(one.effective_state(now) != "closed" for one in attempts),
            time_form=ExtraTimeForm(attempts=running.select_related("person")),
            candidate_form=CandidateTimeForm(people=people),
            extended=self.object.candidates.filter(
                extra_s__gt=0, person__in=people
            ).select_related("person"),
            closing=closing_in_words(self.object),
            unconfirmed=unconfirmed_people(self.object, self.request.user),
            is_final=is_final(self.object),
            may_change=self.request.user.has_perm("exams.change_sitting"),
            **kwargs,
        )


class AttemptInspectView(InspectView):
    """Everything that arrived, for an appeal: answers, marks, journal, time given."""

    template_name = "exams/admin/attempt.html"

    def get_page_subtitle(self):
        go = _("attempt %(n)s") % {"n": self.object.number}
        return f"{self.object.person} · {self.object.sitting} · {go}"

    def get_context_data(self, **kwargs):
        attempt = self.object
        slots = {slot["slot"]: slot for slot in slots_of(attempt)}
        answers = current_answers(attempt)
        marks = list(attempt.marks.select_related("made_by", "key"))
        scores = earned(marks[0].per_slot, marks[0].key.key) if marks else {}
        entries = AnswerEntry.objects.filter(attempt=attempt)
        return super().get_context_data(
            questions=[
                (slot, in_words(slot, answers.get(number)), points(scores.get(number)))
                for number, slot in slots.items()
            ],
            journal=[
                (entry, in_words(slots[entry.slot], json.loads(entry.value)))
                for entry in entries.order_by("received_at", "seat_epoch", "seq")
            ],
            marks=marks,
            adjustments=attempt.adjustments.select_related("made_by"),
            submission=getattr(attempt, "submission", None),
            outcome=outcome_of(attempt),
            **kwargs,
        )


def _people(sitting, user):
    """Return the people expected at a sitting whom a user may see."""
    return people_expected(sitting).filter(pk__in=Person.objects.visible_to(user))


def points(score):
    """Return the marks of one question as a person writes them; – while unmarked."""
    return "–" if score is None else plain(score)


def in_words(slot, value):
    """Return an answer as the candidate saw it: options by letter, not by token."""
    if value is None:
        return "–"
    return "；".join(kind_of(slot["type"]).words(slot, value, lettered=True))


def _back(viewset, pk):
    return redirect(viewset.get_url_name("inspect"), pk)


def _tell(request, refusal):
    messages.error(request, str(refusal))


def _tell_errors(request, form):
    for error in chain.from_iterable(form.errors.values()):
        messages.error(request, error)


def question_actions(viewset):
    """Return the views that judge and retire a question."""

    @staff_page
    @permission_required("exams.add_questionreview")
    @require_POST
    def review(request, pk):
        question = get_object_or_404(Question, pk=pk)
        form = ReviewForm(request.POST)
        if not form.is_valid():
            _tell_errors(request, form)
            return _back(viewset, pk)
        try:
            review_question(question, reviewer=request.user, **form.cleaned_data)
            messages.success(request, _("Your review is recorded."))
        except ExamRefusal as refusal:
            _tell(request, refusal)
        return _back(viewset, pk)

    @staff_page
    @permission_required("exams.change_question")
    @require_POST
    def retire(request, pk):
        question = get_object_or_404(Question, pk=pk)
        form = RetireForm(request.POST)
        if not form.is_valid():
            _tell_errors(request, form)
            return _back(viewset, pk)
        try:
            retire_question(question, actor=request.user, **form.cleaned_data)
            messages.success(request, _("The question is retired."))
        except ExamRefusal as refusal:
            _tell(request, refusal)
        return _back(viewset, pk)

    return {"review": review, "retire": retire}


def sitting_actions(viewset):
    """Return the views that give time, release results and prepare papers."""

    @staff_page
    @permission_required("exams.change_sitting")
    @require_POST
    def extra_time(request, pk):
        sitting = get_object_or_404(Sitting.objects.visible_to(request.user), pk=pk)
        seen = sitting.attempts.visible_to(request.user)
        running = seen.running(clock.now())
        form = ExtraTimeForm(request.POST, attempts=running)
        if not form.is_valid():
            messages.error(request, _("Say how many minutes, and why."))
            return _back(viewset, pk)
        one = form.cleaned_data["attempt"]
        try:
            made = adjust_time(
                [one] if one else running,
                seconds=form.cleaned_data["minutes"] * 60,
                reason=form.cleaned_data["reason"],
                by=request.user,
                batch=form.cleaned_data["batch"],
            )
        except ExamRefusal as refusal:
            _tell(request, refusal)
            return _back(viewset, pk)
        messages.success(
            request,
            ngettext(
                "%(count)d candidate has more time.",
                "%(count)d candidates have more time.",
                len(made),
            )
            % {"count": len(made)},
        )
        return _back(viewset, pk)

    @staff_page
    @permission_required("exams.change_sitting")
    @require_POST
    def agree_time(request, pk):
        sitting = get_object_or_404(Sitting.objects.visible_to(request.user), pk=pk)
        people = _people(sitting, request.user)
        form = CandidateTimeForm(request.POST, people=people)
        if not form.is_valid():
            messages.error(request, _("Say for whom, how many minutes, and why."))
            return _back(viewset, pk)
        try:
            agree_extra_time(
                sitting,
                person=form.cleaned_data["person"],
                seconds=form.cleaned_data["minutes"] * 60,
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
            messages.success(request, closing_in_words(sitting))
        except ExamRefusal as refusal:
            _tell(request, refusal)
        return _back(viewset, pk)

    @staff_page
    @permission_required("exams.change_sitting")
    @require_POST
    def release(request, pk):
        sitting = get_object_or_404(Sitting.objects.visible_to(request.user), pk=pk)
        finalise_due(sitting=sitting)
        waiting = sitting.attempts.visible_to(request.user).awaiting_release()
        count = 0
        for attempt in waiting:
            release_result(attempt, by=request.user)
            count += 1
        messages.success(
            request,
            ngettext(
                "%(count)d result is released.",
                "%(count)d results are released.",
                count,
            )
            % {"count": count},
        )
        return _back(viewset, pk)

    @staff_page
    @permission_required("exams.change_sitting")
    @require_POST
    def prepare(request, pk):
        sitting = get_object_or_404(Sitting.objects.visible_to(request.user), pk=pk)
        try:
            prepare_papers(sitting)
            messages.success(request, _("The papers are ready."))
        except ExamRefusal as refusal:
            _tell(request, refusal)
        return _back(viewset, pk)

    return {
        "agree-time": agree_time,
        "extra-time": extra_time,
        "release": release,
        "prepare": prepare,
    }
