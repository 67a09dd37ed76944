import datetime as dt
import re

from django.core.exceptions import FieldDoesNotExist
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.widgets.button import Button
from wagtail.coreutils import multigetattr
from wagtail.snippets.views.snippets import (
    CreateView,
    DeleteView,
    EditView,
    IndexView,
    InspectView,
)

from lms.backoffice.exports import related, write_workbook
from lms.backoffice.filters import LONGEST_SEARCH
from lms.backoffice.second_editor import WarnsOfSecondEditor
from lms.evidence import clock
from lms.evidence.audit import changes_between, record, stored_values, values_of
from lms.templatetags.lms_ui import day, moment

NAMING = {"name", "title"}
# In the address of a listing: every row on one page, to be printed.
WHOLE = "whole"
MOST_PRINTED = 5_000


class TimeColumn(Column):
    """Writes a date, or a moment to the minute, in figures and on one line."""

    def get_value(self, instance):
        value = super().get_value(instance)
        return moment(value) if isinstance(value, dt.datetime) else day(value)


class ScopedIndexView(IndexView):
    """A listing whose exports say labels and local time."""

    def get_filename(self):
        """Name an export by what it lists and its day."""
        return f"{self.model._meta.verbose_name_plural}-{clock.today()}"

    def _get_custom_column(self, field_name, column_class=Column, **kwargs):
        if column_class is Column:
            column_class = column_of(self.model, field_name)
        return super()._get_custom_column(field_name, column_class, **kwargs)

    @cached_property
    def columns(self):
        return super().columns[1:]  # without the check boxes of bulk actions

    @property
    def is_whole(self):
        """Whether every row is asked for on one page, to be printed."""
        return WHOLE in self.request.GET

    def get_paginate_by(self, queryset):
        return MOST_PRINTED if self.is_whole else super().get_paginate_by(queryset)

    @cached_property
    def header_more_buttons(self):
        asked = self.request.GET.copy()
        asked[WHOLE] = "1"
        button = Button(
            _("Print every row"),
            url=f"{self.index_url}?{asked.urlencode()}",
            icon_name="doc-full",
            priority=80,
        )
        return [*super().header_more_buttons, button]

    def search_queryset(self, queryset):
        self.search_query = (self.search_query or "")[:LONGEST_SEARCH]
        return super().search_queryset(queryset)

    def to_row_dict(self, item):
        return {field: self._shown(item, field) for field in self.list_export}

    def _shown(self, item, field):
        """A value as the reader knows it: the label of a choice, 是 or 否."""
        *path, last = re.split(r"\.|__", field)
        owner = related(item, path)
        display = getattr(owner, f"get_{last}_display", None)
        value = display() if display else related(owner, [last])
        value = value() if callable(value) else value
        if isinstance(value, bool):
            return force_str(_("yes") if value else _("no"))
        if isinstance(value, dt.datetime):
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
        if isinstance(value, dt.date):
            return value.isoformat()
        if value is None:
            return ""
        return value if isinstance(value, int | float) else force_str(value)

    def get_heading(self, queryset, field):
        """The verbose name of a field, of a related field too.

        What a row points to goes by its name: 镇街, not 名称. A person has one.
        """
        if field in self.export_headings:
            return force_str(self.export_headings[field])
        model, names = queryset.model, re.split(r"\.|__", field)
        try:
            for name in names[:-1]:
                relation = model._meta.get_field(name)
                model = relation.related_model
            if (
                names[1:]
                and names[-1] in NAMING
                and not getattr(model, "exported_by_own_name", False)
            ):
                return force_str(relation.verbose_name)
            return force_str(model._meta.get_field(names[-1]).verbose_name)
        except (FieldDoesNotExist, AttributeError):
            return super().get_heading(queryset, field)

    def write_xlsx(self, queryset, output):
        headings = [self.get_heading(queryset, name) for name in self.list_export]
        rows = queryset.iterator(chunk_size=2000)
        write_workbook(
            output, headings, (self.to_row_dict(one).values() for one in rows)
        )


class AuditedCreateView(CreateView):
    """Records the new row, with what it holds."""

    def save_instance(self):
        row = super().save_instance()
        record(
            f"{row._meta.label_lower}.create",
            actor=self.request.user,
            subject=row,
            data={"values": stored_values(row)},
        )
        return row


class AuditedEditView(WarnsOfSecondEditor, EditView):
    """Records old and new value of each field that was changed."""

    def save_instance(self):
        before = stored_values(self.form.instance)
        row = super().save_instance()
        if changes := changes_between(before, stored_values(row)):
            record(
                f"{row._meta.label_lower}.change",
                actor=self.request.user,
                subject=row,
                changes=changes,
            )
        return row


class AuditedDeleteView(DeleteView):
    """Records what the deleted row held."""

    @transaction.atomic
    def delete_action(self):
        row = self.object
        record(
            f"{row._meta.label_lower}.delete",
            actor=self.request.user,
            subject=row,
            data={"values": values_of(row)},
        )
        super().delete_action()


class DeskIndexView(ScopedIndexView):
    """A listing whose rows open the desk; the form is a button there."""

    def get_edit_url(self, instance):
        return None


def column_of(model, name) -> type[Column]:
    """Return the column that writes a field of a model as its readers do."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return Column
    if isinstance(field, models.DateField):
        return TimeColumn
    is_yes_or_no = isinstance(field, models.BooleanField) and not field.null
    return YesNoColumn if is_yes_or_no else Column


class RowColumn(TitleColumn):
    """Opens the page of a row, or of the row it belongs to: ``of`` names that."""

    def __init__(self, name, *, of="", **kwargs):
        super().__init__(name, **kwargs)
        self.of = of

    def get_link_url(self, instance, parent_context):
        row = multigetattr(instance, self.of) if self.of else instance
        if row is None:
            return None
        viewset = row.snippet_viewset
        policy, user = viewset.permission_policy, parent_context["request"].user
        if not policy.user_has_permission(user, "view"):
            return None
        return reverse(viewset.get_url_name("inspect"), args=[row.pk])


class YesNoColumn(Column):
    """Says 是 or 否, where Wagtail's own column says True or False to a reader."""

    def get_value(self, instance):
        return _("yes") if super().get_value(instance) else _("no")


class LocalInspectView(InspectView):
    """Shows what a row holds in words: 是 or 否, a dash for nothing, local time.

    Wagtail writes a hyphen where a row has none of what it may have several of.
    """

    def get_field_display_value(self, field_name, field):
        value = getattr(self.object, field_name, None)
        if isinstance(value, dt.datetime):
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        shown = super().get_field_display_value(field_name, field)
        return "—" if shown in (None, "", "-") else shown


class NamedInspectView(LocalInspectView):
    """Titles a row of evidence by whom and what it is about, not by its key."""

    named_by = ()

    def get_page_subtitle(self):
        names = (multigetattr(self.object, path) for path in self.named_by)
        return " · ".join(map(str, names))


class LandsOnDesk:
    """Leads to the desk of the row after saving."""

    inspect_url_name = None

    def get_success_url(self):
        return reverse(self.inspect_url_name, args=[self.object.pk])
