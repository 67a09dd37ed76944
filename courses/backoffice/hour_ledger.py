"""Listings of counted study time and of entered class hours."""

from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column

from courses.backoffice.columns import CLASS_NUMBER, ENROLMENT_PLACES
from courses.backoffice.filters import EntryFilterSet
from courses.models import HourEntry, StudyEntry
from lms.backoffice.views import NamedInspectView, RowColumn
from lms.backoffice.viewsets import ReadOnlySnippetViewSet
from lms.people.backoffice.places import PeopleIndexView, with_posts_today


class EntryInspectView(NamedInspectView):
    """Shows the class of the enrolment that an entry belongs to."""

    def get_enrolment_display_value(self):
        return self.object.enrolment.training_class


class StudyEntryInspectView(EntryInspectView):
    named_by = ("person", "lesson")


class HourEntryInspectView(EntryInspectView):
    named_by = ("person", "day", "hours")


class StudyEntryViewSet(ReadOnlySnippetViewSet):
    model = StudyEntry
    icon = "time"
    index_view_class = PeopleIndexView
    base_filterset_class = EntryFilterSet
    inspect_view_class = StudyEntryInspectView
    inspect_view_fields = ["person", "lesson", "enrolment", "day", "received_at"]
    list_display = [
        "person",
        *ENROLMENT_PLACES,
        RowColumn("lesson", label=gettext_lazy("lesson")),
        CLASS_NUMBER,
        Column("seconds", label=gettext_lazy("Seconds counted")),
        "received_at",
    ]
    list_filter = ["day", "received_at"]
    list_export = [
        "person.name",
        "person.id_masked",
        "enrolment.organisation.name",
        "enrolment.organisation.town",
        "role",
        "lesson.title",
        "enrolment.training_class.number",
        "day",
        "seconds",
        "received_at",
    ]
    export_headings = {
        "role": gettext_lazy("role"),
        "seconds": gettext_lazy("Seconds counted"),
    }
    search_fields = ("person__name", "lesson__title")

    def get_queryset(self, request):
        rows = super().get_queryset(request).for_listing()
        return with_posts_today(rows, request.user)


class HourEntryViewSet(ReadOnlySnippetViewSet):
    """Credited class hours are evidence: entered for a class, corrected by new rows."""

    model = HourEntry
    icon = "clipboard-list"
    index_view_class = PeopleIndexView
    base_filterset_class = EntryFilterSet
    inspect_view_class = HourEntryInspectView
    inspect_view_fields = [
        "person",
        "enrolment",
        "source",
        "day",
        "half_day",
        "hours",
        "reason",
        "entered_by",
        "entered_at",
    ]
    list_display = [
        "person",
        *ENROLMENT_PLACES,
        CLASS_NUMBER,
        "source",
        "day",
        "half_day",
        "hours",
        "reason",
        "entered_by",
        "entered_at",
    ]
    list_filter = ["source", "half_day", "day", "entered_at"]
    list_export = [
        "person.name",
        "person.id_masked",
        "enrolment.organisation.name",
        "enrolment.organisation.town",
        "role",
        "enrolment.training_class.number",
        "source",
        "day",
        "half_day",
        "hours",
        "reason",
        "entered_by",
        "entered_at",
    ]
    export_headings = {"role": gettext_lazy("role")}
    search_fields = ("person__name", "enrolment__training_class__number", "reason")

    def get_queryset(self, request):
        rows = super().get_queryset(request).for_listing()
        return with_posts_today(rows, request.user)
