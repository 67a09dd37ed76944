import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import (
    CreateView,
    EditView,
    InspectView,
    SnippetViewSetGroup,
)

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
from lms.backoffice.filters import ScopedFilterSet
from lms.backoffice.hooks import related_rows
from lms.backoffice.views import (
    DeskIndexView,
    LandsOnDesk,
    NamedInspectView,
    YesNoColumn,
)
from lms.backoffice.viewsets import BaseSnippetViewSet, ReadOnlySnippetViewSet
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


class ClassCreateView(LandsOnDesk, CreateView):
    pass


# The form counts who is in the class: save before anybody else is let in.
@method_decorator(transaction.atomic, name="post")
class ClassEditView(LandsOnDesk, EditView):
    pass


class ClassInspectView(InspectView):
    """The desk of one class: its state, who is in it, and how far they are."""

    template_name = "courses/admin/class.html"

    def get_context_data(self, **kwargs):
        user, training_class = self.request.user, self.object
        seen = training_class.enrolments.visible_to(user).for_listing()
        state = training_class.state
        admitted = training_class.enrolments.admitted().count()
        return {
            "training_class": training_class,
            "admitted": admitted,
            "unseen": admitted - seen.admitted().count(),
            "unmet": training_class.enrolments.admitted()
            .filter(hours_met_on=None)
            .count(),
            "refusals": out_of_reach([training_class]),
            "progress": progress_for(seen.order_by("status", "person__name")),
            "next_states": [
                (to, ClassState(to).label)
                for to in NEXT_STATES[state]
                if to != ClassState.CANCELLED
            ],
            "may_cancel": ClassState.CANCELLED in NEXT_STATES[state],
            "may_change": user.has_perm("courses.change_trainingclass"),
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
            organisation = form.cleaned_data["organisation"]
            try:
                enrol(self.object, persons=people, organisation=organisation)
            except CourseRefusal as refusal:
                form.add_error(None, str(refusal))
            else:
                text = _("In the class: %(count)s people.") % {"count": len(people)}
                messages.success(request, text)
                return redirect(self.inspect_url_name, self.object.pk)
        messages.error(request, _("Nobody was enrolled. The list below says why."))
        return self.render_to_response(self.get_context_data(enrol_form=form))


class ClassFilterSet(ScopedFilterSet):
    # Several states at once: the home page leads to classes that run or examine.
    state = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("state"),
        choices=ClassState,
        widget=forms.CheckboxSelectMultiple,
    )


class TrainingClassViewSet(BaseSnippetViewSet):
    model = TrainingClass
    icon = "group"
    index_view_class = DeskIndexView
    base_filterset_class = ClassFilterSet
    add_view_class = ClassCreateView
    edit_view_class = ClassEditView
    inspect_view_class = ClassInspectView
    list_display = [
        "number",
        "title",
        "state",
        "starts_on",
        Column("enrolled", label=gettext_lazy("Enrolled")),
    ]
    list_filter = ["programme", "starts_on"]
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
    export_headings = {"enrolled": gettext_lazy("Enrolled")}
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
            path("<int:pk>/enrol/", self.enrol_view, name="enrol"),
            path("<int:pk>/withdraw/", self._action(withdraw_view), name="withdraw"),
        ]

    @property
    def enrol_view(self):
        return self.construct_view(ClassEnrolView, **self.get_inspect_view_kwargs())

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


def withdraw_view(request, training_class):
    """Take one person out of the class."""
    seen = training_class.enrolments.visible_to(request.user)
    form = WithdrawForm(request.POST, seen=seen)
    if not form.is_valid():
        messages.error(request, _("This person is not in the class."))
        return
    withdraw(form.cleaned_data["enrolment"])
    messages.success(request, _("Taken out of the class; what was learnt stays."))


class EnrolmentInspectView(NamedInspectView):
    named_by = ("person", "training_class")


class RecordInspectView(NamedInspectView):
    named_by = ("holder_name", "get_kind_display", "done_on")

    def get_field_label(self, field_name, field):
        if field_name == "audiences":
            return _("for whom")
        return super().get_field_label(field_name, field)


class EntryInspectView(NamedInspectView):
    named_by = ("person", "lesson")

    def get_enrolment_display_value(self):
        return self.object.enrolment.training_class


class EnrolmentViewSet(ReadOnlySnippetViewSet):
    model = Enrolment
    icon = "user"
    inspect_view_class = EnrolmentInspectView
    inspect_view_fields = [
        "person",
        "organisation",
        "training_class",
        "status",
        "enrolled_on",
        "hours_met_on",
        "passed_on",
    ]
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
    inspect_view_class = RecordInspectView
    inspect_view_fields = [
        "holder_name",
        "audiences",
        "kind",
        "item",
        "employer",
        "town",
        "hours",
        "plant_hours",
        "workshop_hours",
        "team_hours",
        "done_on",
        "result",
        "passed_on",
        "source",
        "recorded_at",
    ]
    list_display = [
        "holder_name",
        Column(
            "audiences",
            label=gettext_lazy("for whom"),
            accessor="get_audiences_display",
        ),
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
        "audiences",
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
    export_headings = {"audiences": gettext_lazy("for whom")}
    search_fields = ("holder_name", "employer__name")

    def get_queryset(self, request):
        return super().get_queryset(request).current().for_listing()


class StudyEntryViewSet(ReadOnlySnippetViewSet):
    model = StudyEntry
    icon = "time"
    inspect_view_class = EntryInspectView
    inspect_view_fields = ["person", "lesson", "enrolment", "day", "received_at"]
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
    export_headings = {"seconds": gettext_lazy("Seconds counted")}
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
        YesNoColumn("high_hazard", label=gettext_lazy("high-hazard")),
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
    list_export = [*list_display, "check_answer_seconds", "basis"]
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
