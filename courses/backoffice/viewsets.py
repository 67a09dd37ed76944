from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from courses.backoffice.class_desk import (
    ClassCreateView,
    ClassDesk,
    ClassEditView,
)
from courses.backoffice.columns import ENROLMENT_PLACES
from courses.backoffice.filters import (
    ClassFilterSet,
    EnrolmentFilterSet,
    RecordFilterSet,
)
from courses.backoffice.forms import TrainingClassForm
from courses.backoffice.hour_ledger import HourEntryViewSet, StudyEntryViewSet
from courses.backoffice.hours import ClassHoursView
from courses.models import (
    Enrolment,
    HourRule,
    Programme,
    StudyRule,
    TrainingClass,
    TrainingRecord,
)
from lms.backoffice.views import (
    DeskIndexView,
    NamedInspectView,
    RowColumn,
    YesNoColumn,
)
from lms.backoffice.viewsets import BaseSnippetViewSet, ReadOnlySnippetViewSet
from lms.people.backoffice.places import PeopleIndexView, with_posts_today


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


class TrainingClassViewSet(BaseSnippetViewSet):
    model = TrainingClass
    icon = "group"
    index_view_class = DeskIndexView
    base_filterset_class = ClassFilterSet
    add_view_class = ClassCreateView
    edit_view_class = ClassEditView
    inspect_view_class = ClassDesk
    list_display = [
        "number",
        "title",
        "state",
        "starts_on",
        Column("enrolled", label=gettext_lazy("Enrolled")),
    ]
    list_filter = ["programme", "starts_on", "ends_on"]
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
            FieldRowPanel([FieldPanel("planned_hours"), FieldPanel("in_person_hours")]),
            FieldPanel("capacity"),
            MultiFieldPanel(
                [
                    FieldRowPanel(
                        [
                            FieldPanel("starts_on", heading=gettext_lazy("First day")),
                            FieldPanel("ends_on", heading=gettext_lazy("Last day")),
                        ]
                    ),
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
            path("<int:pk>/hours/", self.hours_view, name="hours"),
        ]

    @property
    def hours_view(self):
        shown = {"template_name": ClassHoursView.template_name}
        facts = self.get_inspect_view_kwargs() | shown
        return self.construct_view(ClassHoursView, **facts)


class EnrolmentInspectView(NamedInspectView):
    named_by = ("person", "training_class")


class RecordInspectView(NamedInspectView):
    named_by = ("holder_name", "get_kind_display", "done_on")

    def get_field_label(self, field_name, field):
        if field_name == "audiences":
            return _("for whom")
        return super().get_field_label(field_name, field)


class EnrolmentViewSet(ReadOnlySnippetViewSet):
    model = Enrolment
    icon = "user"
    index_view_class = PeopleIndexView
    base_filterset_class = EnrolmentFilterSet
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
        *ENROLMENT_PLACES,
        RowColumn("training_class", of="training_class", label=gettext_lazy("Class")),
        "status",
        "hours_met_on",
        "passed_on",
    ]
    list_filter = [
        "status",
        "training_class",
        "enrolled_on",
        "hours_met_on",
        "passed_on",
    ]
    list_export = [
        "person.name",
        "person.id_masked",
        "organisation.name",
        "organisation.town",
        "role",
        "training_class.number",
        "training_class.title",
        "status",
        "enrolled_on",
        "hours_met_on",
        "passed_on",
    ]
    export_headings = {"role": gettext_lazy("role")}
    search_fields = ("person__name", "organisation__name", "training_class__number")
    list_related = ("person", "organisation__town", "training_class")

    def get_queryset(self, request):
        return with_posts_today(super().get_queryset(request), request.user)


class TrainingRecordViewSet(ReadOnlySnippetViewSet):
    """Records are evidence: the back office reads them, only services write."""

    model = TrainingRecord
    icon = "history"
    base_filterset_class = RecordFilterSet
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
        "town",
        "source",
    ]
    list_filter = ["kind", "result", "source", "done_on", "passed_on", "recorded_at"]
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


class HourRuleViewSet(BaseSnippetViewSet):
    model = HourRule
    add_to_settings_menu = True
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
    add_to_settings_menu = True
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
        HourEntryViewSet,
        StudyEntryViewSet,
    )


# Tables only administrators need: below 设置.
SETTINGS = (HourRuleViewSet, StudyRuleViewSet)
