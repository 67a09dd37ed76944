"""Named actions of the back office: each asks a right, calls one service, goes back."""

from itertools import chain

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from wagtail.admin.auth import permission_required

from exams.exceptions import ExamRefusal
from exams.forms import ExtraTimeForm, RetireForm, ReviewForm
from exams.models import Question, Sitting
from exams.services.attempts import adjust_time, prepare_papers
from exams.services.bank import retire_question, review_question
from exams.services.finalise import finalise_due
from exams.services.release import release_result
from lms import clock
from lms.people.access import staff_page


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

    return {"extra-time": extra_time, "release": release, "prepare": prepare}
