"""Listings of counted study time and of entered class hours."""

from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column

from courses.models import HourEntry, StudyEntry
from lms.backoffice.views import NamedInspectView
from lms.backoffice.viewsets import ReadOnlySnippetViewSet


class EntryInspectView(NamedInspectView):
    """Shows the class of the enrolment that an entry belongs to."""

    def get_enrolment_display_value(self):
        return self.object.enrolment.training_class


class StudyEntryInspectView(EntryInspectView):
    named_by = ("person", "lesson")


class HourEntryInspectView(EntryInspectView):
    named_by = ("person", "day", "hours")


# The class of an entry, as both listings show it.
CLASS_NUMBER = Column(
    "class_number",
    label=gettext_lazy("Class number"),
    accessor="enrolment.training_class.number",
)


class StudyEntryViewSet(ReadOnlySnippetViewSet):
    model = StudyEntry
    icon = "time"
    inspect_view_class = StudyEntryInspectView
    inspect_view_fields = ["person", "lesson", "enrolment", "day", "received_at"]
    list_display = [
        "person",
        "lesson",
        CLASS_NUMBER,
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
        return super().get_queryset(request).for_listing()


class HourEntryViewSet(ReadOnlySnippetViewSet):
    """Credited class hours are evidence: entered for a class, corrected by new rows."""

    model = HourEntry
    icon = "clipboard-list"
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
        CLASS_NUMBER,
        "source",
        "day",
        "half_day",
        "hours",
        "reason",
        "entered_by",
        "entered_at",
    ]
    list_filter = ["source", "day"]
    list_export = [
        "person.name",
        "person.id_masked",
        "enrolment.training_class.number",
        "source",
        "day",
        "half_day",
        "hours",
        "reason",
        "entered_by",
        "entered_at",
    ]
    search_fields = ("person__name", "enrolment__training_class__number", "reason")

    def get_queryset(self, request):
        return super().get_queryset(request).for_listing()
