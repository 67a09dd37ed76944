from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.snippets.views.snippets import InspectView, SnippetViewSetGroup

from courses.exceptions import CourseRefusal
from courses.forms import EnrolForm, MoveForm, TrainingClassForm, WithdrawForm
from courses.models import (
    ClassState,
    Enrolment,
    HourRule,
    Programme,
    StudyEntry,
    StudyRule,
    TrainingClass,
    TrainingRecord,
)
from courses.progress import out_of_reach, progress_for
from courses.services import enrol, move_class, withdraw
from courses.services.classes import NEXT_STATES
from lms.backoffice import BaseSnippetViewSet, ReadOnlySnippetViewSet
from lms.people.access import STAFF, declares


class ProgrammeViewSet(BaseSnippetViewSet):
    model = Programme
    icon = "clipboard-list"
    list_display = ["title", "code", "audience", "kind", "planned_hours"]
    list_filter = ["audience", "kind"]
    list_export = ["code", "title", "audience", "kind", "planned_hours", "basis"]
    search_fields = ("title", "code")
    ordering = ["code"]
    panels = [
        FieldRowPanel([FieldPanel("code"), FieldPanel("planned_hours")]),
        FieldPanel("title"),
        FieldRowPanel([FieldPanel("audience"), FieldPanel("kind")]),
        FieldRowPanel([FieldPanel("high_hazard"), FieldPanel("item")]),
        FieldPanel("basis"),
        FieldPanel("courses"),
    ]


class ClassInspectView(InspectView):
    """The desk of one class: its state, who is in it, and how far they are."""

    template_name = "courses/admin/class.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        user, training_class = self.request.user, self.object
        seen = training_class.enrolments.visible_to(user).for_listing()
        may_change = user.has_perm("courses.change_trainingclass")
        return context | {
            "training_class": training_class,
            "refusals": out_of_reach([training_class]),
            "progress": progress_for(seen.order_by("status", "person__name")),
            "next_states": [
                (state, ClassState(state).label)
                for state in NEXT_STATES[training_class.state]
                if state != ClassState.CANCELLED
            ],
            "may_cancel": ClassState.CANCELLED in NEXT_STATES[training_class.state],
            "may_change": may_change,
            "action_base": reverse(TrainingClass.snippet_viewset.get_url_name("list")),
            "enrol_form": EnrolForm(user=user),
        }


class TrainingClassViewSet(BaseSnippetViewSet):
    model = TrainingClass
    icon = "group"
    inspect_view_class = ClassInspectView
    list_display = [
        "number",
        "title",
        "state",
        "starts_on",
        Column("enrolled", label=gettext_lazy("Enrolled")),
    ]
    list_filter = ["state", "programme", "starts_on"]
    list_export = [
        "number",
        "title",
        "state",
        "starts_on",
        "ends_on",
        "venue",
        "capacity",
        "enrolled",
        "funding",
        "planned_hours",
    ]
    search_fields = ("number", "title")
    ordering = ["-starts_on", "number"]
    edit_handler = ObjectList(
        [
            FieldRowPanel([FieldPanel("number"), FieldPanel("programme")]),
            FieldPanel("title"),
            FieldRowPanel([FieldPanel("planned_hours"), FieldPanel("capacity")]),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("starts_on"), FieldPanel("ends_on")]),
                    FieldPanel("venue"),
                    FieldPanel("funding"),
                ],
                heading=gettext_lazy("When, where, who pays"),
            ),
        ],
        base_form_class=TrainingClassForm,
    )

    def get_queryset(self, request):
        return TrainingClass.objects.for_listing()

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/move/", self._action(move_view), name="move"),
            path("<int:pk>/enrol/", self._action(enrol_view), name="enrol"),
            path("<int:pk>/withdraw/", self._action(withdraw_view), name="withdraw"),
        ]

    def _action(self, view):
        @declares(STAFF)
        @require_POST
        def guarded(request, pk):
            if not request.user.has_perm("courses.change_trainingclass"):
                raise PermissionDenied
            training_class = get_object_or_404(TrainingClass, pk=pk)
            try:
                view(request, training_class)
            except CourseRefusal as refusal:
                messages.error(request, str(refusal))
            return redirect(reverse(self.get_url_name("inspect"), args=[pk]))

        return guarded


def move_view(request, training_class):
    """Move a class on; the service says whether it may."""
    form = MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This state is not known."))
        return
    moved = move_class(training_class, **form.cleaned_data)
    messages.success(
        request,
        _("The class is now: %(state)s.") % {"state": moved.get_state_display()},
    )


def enrol_view(request, training_class):
    """Admit the people a list of names means."""
    form = EnrolForm(request.POST, user=request.user)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(errors))
        return
    people = form.cleaned_data["people"]
    enrol(
        training_class,
        persons=people,
        organisation=form.cleaned_data["organisation"],
    )
    messages.success(
        request, _("In the class: %(count)s people.") % {"count": len(people)}
    )


def withdraw_view(request, training_class):
    """Take one person out of the class."""
    seen = training_class.enrolments.visible_to(request.user)
    form = WithdrawForm(request.POST, seen=seen)
    if not form.is_valid():
        messages.error(request, _("This person is not in the class."))
        return
    withdraw(form.cleaned_data["enrolment"])
    messages.success(request, _("Taken out of the class; what was learnt stays."))


class EnrolmentViewSet(ReadOnlySnippetViewSet):
    model = Enrolment
    icon = "user"
    list_display = [
        "person",
        "organisation",
        "training_class",
        "status",
        "hours_met_on",
        "passed_on",
    ]
    list_filter = ["status", "training_class", "hours_met_on", "passed_on"]
    list_export = [
        "person.name",
        "person.id_masked",
        "organisation.name",
        "training_class.number",
        "training_class.title",
        "status",
        "enrolled_on",
        "hours_met_on",
        "passed_on",
    ]
    search_fields = ("person__name", "organisation__name", "training_class__number")
    list_related = ("person", "organisation", "training_class")


class TrainingRecordViewSet(ReadOnlySnippetViewSet):
    """Records are evidence: the back office reads them, only services write."""

    model = TrainingRecord
    icon = "history"
    list_display = [
        "holder_name",
        "kind",
        "hours",
        "done_on",
        "result",
        "employer",
        "source",
    ]
    list_filter = ["kind", "result", "source", "town", "done_on"]
    list_export = [
        "holder_name",
        "person.id_masked",
        "kind",
        "item",
        "employer.name",
        "town",
        "hours",
        "done_on",
        "result",
        "passed_on",
        "source",
        "recorded_at",
    ]
    search_fields = ("holder_name", "employer__name")

    def get_queryset(self, request):
        return super().get_queryset(request).current().for_listing()


class StudyEntryViewSet(ReadOnlySnippetViewSet):
    model = StudyEntry
    icon = "time"
    list_display = [
        "person",
        "lesson",
        Column(
            "class_number",
            label=gettext_lazy("Class number"),
            accessor="enrolment.training_class.number",
        ),
        Column("seconds", label=gettext_lazy("Seconds counted")),
        "received_at",
    ]
    list_filter = ["day"]
    list_export = [
        "person.name",
        "lesson.title",
        "enrolment.training_class.number",
        "day",
        "seconds",
        "received_at",
    ]
    search_fields = ("person__name", "lesson__title")

    def get_queryset(self, request):
        seen = Enrolment.objects.visible_to(request.user)
        return StudyEntry.objects.filter(enrolment__in=seen).for_listing()


class HourRuleViewSet(BaseSnippetViewSet):
    model = HourRule
    icon = "list-ul"
    list_display = [
        "audience",
        "kind",
        BooleanColumn("high_hazard", label=gettext_lazy("high-hazard")),
        "hours",
        "rule_set",
        "valid_from",
        "valid_to",
    ]
    list_filter = ["audience", "kind", "high_hazard", "rule_set"]
    list_export = [
        "rule_set",
        "audience",
        "high_hazard",
        "kind",
        "hours",
        "basis",
        "valid_from",
        "valid_to",
    ]
    search_fields = ("rule_set", "basis")
    panels = [
        FieldRowPanel([FieldPanel("audience"), FieldPanel("kind")]),
        FieldRowPanel([FieldPanel("high_hazard"), FieldPanel("hours")]),
        FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_to")]),
        FieldRowPanel([FieldPanel("rule_set"), FieldPanel("basis")]),
    ]


class StudyRuleViewSet(BaseSnippetViewSet):
    model = StudyRule
    icon = "cog"
    list_display = [
        "valid_from",
        "minutes_per_hour",
        "daily_ceiling_hours",
        "check_after_minutes",
        "check_before_minutes",
    ]
    panels = [
        FieldPanel("valid_from"),
        FieldRowPanel(
            [FieldPanel("minutes_per_hour"), FieldPanel("daily_ceiling_hours")]
        ),
        FieldRowPanel(
            [FieldPanel("check_after_minutes"), FieldPanel("check_before_minutes")]
        ),
        FieldPanel("check_answer_seconds"),
        FieldPanel("basis"),
    ]


class TrainingGroup(SnippetViewSetGroup):
    menu_label = gettext_lazy("Training")
    menu_icon = "group"
    menu_name = "training"
    menu_order = 200
    items = (
        TrainingClassViewSet,
        ProgrammeViewSet,
        EnrolmentViewSet,
        TrainingRecordViewSet,
        StudyEntryViewSet,
        HourRuleViewSet,
        StudyRuleViewSet,
    )
