"""The desk of a class: its pages, and its named actions, each of one service."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.snippets.views.snippets import InspectView

from courses.backoffice.forms import EnrolForm, MoveForm, WithdrawForm
from courses.exceptions import CourseRefusal, NotEligible, ReasonMissing
from courses.hours.progress import out_of_reach, progress_for
from courses.models import ClassState, TrainingClass
from courses.services import enrol, move_class, withdraw
from courses.services.classes import NEXT_STATES
from lms.access.policies import STAFF, declares
from lms.backoffice.hooks import class_columns, related_rows
from lms.backoffice.views import AuditedCreateView, AuditedEditView, LandsOnDesk


class ClassCreateView(LandsOnDesk, AuditedCreateView):
    pass


# The form counts who is in the class: save before anybody else is let in.
@method_decorator(transaction.atomic, name="post")
class ClassEditView(LandsOnDesk, AuditedEditView):
    pass


class ClassInspectView(InspectView):
    """The desk of one class: its state, who is in it, and how far they are."""

    template_name = "courses/admin/class.html"

    def get_context_data(self, **kwargs):
        user, training_class = self.request.user, self.object
        seen = training_class.enrolments.visible_to(user).for_listing()
        state = training_class.state
        progress = progress_for(seen.order_by("status", "person__name"))
        staying = [one.enrolment for one in progress if one.enrolment.is_admitted]
        columns = class_columns(self.request, staying)
        admitted = training_class.enrolments.admitted().count()
        return {
            "training_class": training_class,
            "admitted": admitted,
            "unseen": admitted - seen.admitted().count(),
            "unmet": training_class.enrolments.admitted()
            .filter(hours_met_on=None)
            .count(),
            "refusals": out_of_reach([training_class]),
            "columns": columns,
            "progress": progress,
            "people": [
                (one, [column.texts.get(one.enrolment.pk, "—") for column in columns])
                for one in progress
            ],
            "next_states": [
                (to, ClassState(to).label)
                for to in NEXT_STATES[state]
                if to != ClassState.CANCELLED
            ],
            "may_cancel": ClassState.CANCELLED in NEXT_STATES[state],
            "may_change": user.has_perm("courses.change_trainingclass"),
            "may_enter_hours": training_class.counts_study
            and user.has_perm("courses.add_hourentry"),
            "edit_url": self.get_edit_url(),
            "action_base": reverse(TrainingClass.snippet_viewset.get_url_name("list")),
            "enrols_later": state in (ClassState.DRAFT, ClassState.FILED),
            "admits": TrainingClass.objects.admitting()
            .filter(pk=training_class.pk)
            .exists(),
            "enrol_form": EnrolForm(user=user),
            "related": related_rows(self.request, training_class),
        } | super().get_context_data(**kwargs)


class ClassEnrolView(ClassInspectView):
    """Admits the people of a list, or shows the desk with all that was typed."""

    permission_required = "change"
    inspect_url_name = None

    def post(self, request, **kwargs):
        form = EnrolForm(request.POST, user=request.user)
        if form.is_valid():
            people = form.cleaned_data["people"]
            try:
                enrol(
                    self.object,
                    persons=people,
                    organisation=form.cleaned_data["organisation"],
                    in_spite=form.cleaned_data["in_spite"],
                    actor=request.user,
                )
            except NotEligible as refusal:
                form.add_error(None, [str(refusal), *map(str, refusal.doubts)])
            except CourseRefusal as refusal:
                form.add_error(None, str(refusal))
            else:
                text = _("In the class: %(count)s people.") % {"count": len(people)}
                messages.success(request, text)
                return redirect(self.inspect_url_name, self.object.pk)
        messages.error(request, _("Nobody was enrolled. The list below says why."))
        return self.render_to_response(self.get_context_data(enrol_form=form))


def class_actions(viewset):
    """Return the views that move a class on, and take a person out of it."""

    def action(act):
        @declares(STAFF)
        @require_POST
        def guarded(request, pk):
            if not request.user.has_perm("courses.change_trainingclass"):
                raise PermissionDenied
            training_class = get_object_or_404(TrainingClass, pk=pk)
            try:
                act(request, training_class)
            except CourseRefusal as refusal:
                messages.error(request, str(refusal))
            return redirect(viewset.get_url_name("inspect"), pk)

        return guarded

    return {"move": action(_move), "withdraw": action(_withdraw)}


def _move(request, training_class):
    """Move a class on; the service says whether it may."""
    form = MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This state is not known."))
        return
    moved = move_class(training_class, actor=request.user, **form.cleaned_data)
    messages.success(
        request,
        _("The class is now: %(state)s.") % {"state": moved.get_state_display()},
    )


def _withdraw(request, training_class):
    """Take one person out of the class."""
    seen = training_class.enrolments.visible_to(request.user)
    form = WithdrawForm(request.POST, seen=seen)
    if not form.is_valid():
        unknown = "enrolment" in form.errors
        text = (
            _("This person is not in the class.") if unknown else ReasonMissing.message
        )
        messages.error(request, text)
        return
    reason = form.cleaned_data["reason"]
    withdraw(form.cleaned_data["enrolment"], reason=reason, actor=request.user)
    messages.success(request, _("Taken out of the class; what was learnt stays."))
