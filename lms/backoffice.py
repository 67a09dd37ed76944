"""What every listing of the back office stands on (dependencies, section 4).

Wagtail's generic views ask a policy about a kind of thing, never about the row.
Here each row a view, chooser or export touches comes from the one queryset of its
viewset; what the user may not see answers 404, like what is not there.
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import wraps

import django_filters
import xlsxwriter
from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import (
    FieldDoesNotExist,
    ImproperlyConfigured,
    ObjectDoesNotExist,
    PermissionDenied,
    ValidationError,
)
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.functional import cached_property, lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.coreutils import multigetattr
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import policy_registry
from wagtail.snippets.models import SnippetAdminURLFinder
from wagtail.snippets.views.chooser import (
    ChooseResultsView,
    ChooseView,
    SnippetChooserViewSet,
    SnippetChosenMultipleView,
    SnippetChosenView,
)
from wagtail.snippets.views.snippets import IndexView, InspectView, SnippetViewSet
from wagtail.snippets.widgets import AdminSnippetChooser

from lms.people.models import Access, Person

FORMULA = re.compile(r"^[=+\-@\t\r]")
LONGEST_SEARCH = 60
CHOOSING = {"view", "add", "change"}
NAMING = {"name", "title"}
RELATED = "register_related_rows"


@dataclass(frozen=True)
class TodayItem:
    """One thing that waits for somebody: shown on the home page while count > 0.

        @hooks.register("register_today_items")
        def waiting(request) -> list[TodayItem]: ...

    A hook asks only what the user may act on, by one cheap query each.
    """

    count: int
    label: str
    url: str
    icon: str = "tasks"


@dataclass(frozen=True)
class RelatedRows:
    """What else there is about a row, on its page: a heading, and links in words.

        @hooks.register("register_related_rows")
        def rows_of(request, row) -> Iterable[RelatedRows]: ...

    A hook answers for the kinds it knows, and names only what the user may see.
    """

    heading: str
    links: list[tuple[str, str]]


def related_rows(request, row) -> list[RelatedRows]:
    """Return what all apps have about a row, without what is empty."""
    answers = [answer(request, row) for answer in hooks.get_hooks(RELATED)]
    return [rows for answer in answers for rows in answer if rows.links]


def links_to(rows, label=str) -> list[tuple[str, str]]:
    """Return each row of one kind in words, and the page that shows it."""
    name = rows.model.snippet_viewset.get_url_name("inspect")
    return [(label(row), reverse(name, args=[row.pk])) for row in rows]


# Rules, catalogues, classes and the bank name nobody: whoever of the staff may open
# the kind (its policy says who) sees every row.
SEEN_BY_STAFF = frozenset(
    {
        "certificates.CertificateKind",
        "certificates.DailyHead",
        "certificates.Issuer",
        "certificates.ProgrammeProof",
        "certificates.RuleSet",
        "courses.HourRule",
        "courses.Programme",
        "courses.StudyRule",
        "courses.TrainingClass",
        "exams.Blueprint",
        "exams.KnowledgePoint",
        "exams.ProgrammeExam",
        "exams.Question",
        "exams.QuestionBank",
        "people.Industry",
        "people.OperationItem",
        "people.Town",
    }
)
# Accounts and what they did, in any town: for those who see the whole city.
SEEN_BY_CITY = frozenset({"people.AuditEvent", "people.User"})


def rows_for(model, user):
    """The rows of a model a user may see: its ``visible_to``, or a list above.

    Raises ``ImproperlyConfigured`` for a model that says nothing: silence would
    show every town's rows to each.
    """
    rows = model._default_manager.all()
    if hasattr(rows, "visible_to"):
        return rows.visible_to(user)
    if model._meta.label in SEEN_BY_STAFF:
        return rows
    if model._meta.label in SEEN_BY_CITY:
        whole_city = user.is_superuser or user.access == Access.CITY
        return rows if whole_city else rows.none()
    raise ImproperlyConfigured(f"Nobody said who sees the rows of {model._meta.label}.")


def with_keys(rows, keys):
    """The rows that have one of the keys, as a browser sent them.

    Raises ``Http404`` where a key is none at all: a word, ², more than a database
    can count.
    """
    clean = rows.model._meta.pk.clean
    try:
        return rows.filter(pk__in=[clean(key, None) for key in keys])
    except ValidationError as error:
        raise Http404 from error


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Nobody, superusers included, may write through the admin."""

    def user_has_permission(self, user, action):
        return action == "view" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user, actions):
        return "view" in actions and self.user_has_permission(user, "view")


class KeepPolicy(ModelPermissionPolicy):
    """May be made and changed, never deleted: history stands on the row."""

    def user_has_permission(self, user, action):
        return action != "delete" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user, actions):
        return super().user_has_any_permission(user, set(actions) - {"delete"})


class KeysField(django_filters.fields.ModelMultipleChoiceField):
    """More than a database can count is no choice, and no fault of ours."""

    def _check_values(self, value):
        clean = self.queryset.model._meta.pk.clean
        for key in value:
            try:
                clean(key, None)
            except ValidationError as error:
                raise ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": key},
                ) from error
        return super()._check_values(value)


class KeysFilter(django_filters.ModelMultipleChoiceFilter):
    field_class = KeysField


class ScopedFilterSet(WagtailFilterSet):
    @classmethod
    def filter_for_lookup(cls, field, lookup_type):
        filter_class, params = super().filter_for_lookup(field, lookup_type)
        if filter_class is django_filters.ModelMultipleChoiceFilter:
            filter_class = KeysFilter
        return filter_class, params


class ScopedIndexView(IndexView):
    """A listing with honest exports: labels, local time, a BOM, no formulas."""

    @cached_property
    def columns(self):
        return super().columns[1:]  # without the check boxes of bulk actions

    def search_queryset(self, queryset):
        self.search_query = (self.search_query or "")[:LONGEST_SEARCH]
        return super().search_queryset(queryset)

    def to_row_dict(self, item):
        return {field: self._shown(item, field) for field in self.list_export}

    def _shown(self, item, field):
        """A value as the reader knows it: the label of a choice, 是 or 否."""
        *path, last = re.split(r"\.|__", field)
        owner = multigetattr(item, ".".join(path)) if path else item
        if owner is None:
            return ""
        display = getattr(owner, f"get_{last}_display", None)
        value = display() if display else multigetattr(owner, last)
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
            if names[1:] and names[-1] in NAMING and model is not Person:
                return force_str(relation.verbose_name)
            return force_str(model._meta.get_field(names[-1]).verbose_name)
        except (FieldDoesNotExist, AttributeError):
            return super().get_heading(queryset, field)

    def preprocess_field_value(self, field, value, export_format):
        guarded = export_format == self.FORMAT_CSV and isinstance(value, str)
        return f"'{value}" if guarded and FORMULA.match(value) else value

    def stream_csv(self, queryset):
        yield b"\xef\xbb\xbf"
        yield from super().stream_csv(queryset)

    def write_xlsx(self, queryset, output):
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        with xlsxwriter.Workbook(output, options) as workbook:
            sheet = workbook.add_worksheet()
            bold = workbook.add_format({"bold": True})
            headings = [self.get_heading(queryset, name) for name in self.list_export]
            sheet.write_row(0, 0, headings, bold)
            sheet.freeze_panes(1, 0)
            for number, item in enumerate(queryset.iterator(chunk_size=2000), start=1):
                sheet.write_row(number, 0, self.to_row_dict(item).values())


class YesNoColumn(Column):
    """Says 是 or 否, where Wagtail's own column says True or False to a reader."""

    def get_value(self, instance):
        return _("yes") if super().get_value(instance) else _("no")


class LocalInspectView(InspectView):
    """Shows what a row holds in words: 是 or 否, a dash for nothing, local time."""

    def get_field_display_value(self, field_name, field):
        value = getattr(self.object, field_name, None)
        if isinstance(value, dt.datetime):
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        shown = super().get_field_display_value(field_name, field)
        return "—" if shown is None or shown == "" else shown


class SearchForm(BaseFilterForm):
    """Finds what contains the words, Chinese included, where a chooser searches."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=LONGEST_SEARCH,
        widget=forms.TextInput(attrs={"placeholder": _("Search")}),
    )
    search_fields = ()

    def filter(self, objects):
        objects = super().filter(objects)
        words = self.cleaned_data.get("q")
        if words and self.search_fields:
            self.is_searching, self.search_query = True, words
            wanted = Q()
            for field in self.search_fields:
                wanted |= Q(**{f"{field}__icontains": words})
            objects = objects.filter(wanted)
        return objects


class _ScopedChoice:
    def get_object_list(self):
        return self.model_class.snippet_viewset.get_queryset(self.request)

    def get_filter_form_class(self):
        viewset = self.model_class.snippet_viewset
        return type("Search", (SearchForm,), {"search_fields": viewset.search_fields})


class _ScopedChosen:
    def get_object(self, pk):
        return get_object_or_404(self.get_objects([pk]))

    def get_objects(self, pks):
        return with_keys(
            self.model_class.snippet_viewset.get_queryset(self.request), pks
        )


class ScopedChooseView(_ScopedChoice, ChooseView):
    pass


class ScopedChooseResultsView(_ScopedChoice, ChooseResultsView):
    pass


class ScopedChosenView(_ScopedChosen, SnippetChosenView):
    pass


class ScopedChosenMultipleView(_ScopedChosen, SnippetChosenMultipleView):
    pass


class ScopedChooser(AdminSnippetChooser):
    """Its words are in the reader's language; Wagtail fixes them once for all.

    It shows nothing as chosen where what was sent is the key of no row.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        name = self.model._meta.verbose_name
        said = lazy(lambda text: gettext(text) % {"object": name}, str)
        self.choose_one_text = said("Choose %(object)s")
        self.choose_another_text = said("Choose another %(object)s")
        self.link_to_chosen_text = said("Edit this %(object)s")

    def get_instance(self, value):
        try:
            return super().get_instance(value)
        except (ValueError, ObjectDoesNotExist):
            return None


class ScopedChooserViewSet(SnippetChooserViewSet):
    """A chooser that offers the rows the user may see, and finds Chinese words.

    Wagtail's choosers ask for admin access only; these ask the model's policy, so
    that an editor does not read the question bank through one.
    """

    base_widget_class = ScopedChooser
    choose_view_class = ScopedChooseView
    choose_results_view_class = ScopedChooseResultsView
    chosen_view_class = ScopedChosenView
    chosen_multiple_view_class = ScopedChosenMultipleView

    def construct_view(self, view_class, **kwargs):
        view = super().construct_view(view_class, **kwargs)

        @wraps(view)
        def guarded(request, *args, **url):
            policy = policy_registry.get_by_type(self.model)
            if not policy.user_has_any_permission(request.user, CHOOSING):
                raise PermissionDenied
            return view(request, *args, **url)

        guarded.access_rule = "staff"
        return guarded


class ScopedURLFinder(SnippetAdminURLFinder):
    """Leads nobody to a row he may not see; Wagtail then writes "private" for it."""

    def get_edit_url(self, instance):
        url = super().get_edit_url(instance)
        if url is None or self.user is None:
            return url
        seen = rows_for(type(instance), self.user).filter(pk=instance.pk).exists()
        return url if seen else None


class BaseSnippetViewSet(SnippetViewSet):
    """A model in the back office; declare columns, filters and panels on it.

    Rows come from ``get_queryset``: listing, export, every page of one row, choosers.
    ``list_related`` names the relations a row of the listing shows. ``search_fields``
    are searched with icontains. Acting on many rows at once is not offered.
    Filters that no field gives stand in a ``base_filterset_class``.
    """

    index_view_class = ScopedIndexView
    base_filterset_class = ScopedFilterSet
    inspect_view_class = LocalInspectView
    chooser_viewset_class = ScopedChooserViewSet
    search_backend_name = None
    search_fields = ()
    list_related = ()
    copy_view_enabled = False
    inspect_view_enabled = True
    list_per_page = 50

    def get_queryset(self, request):
        """The rows the user may see, with everything a row of the listing shows."""
        rows = rows_for(self.model, request.user)
        return rows.select_related(*self.list_related) if self.list_related else rows

    def get_index_view_kwargs(self, **kwargs):
        return super().get_index_view_kwargs(
            base_filterset_class=self.base_filterset_class, **kwargs
        )

    @property
    def url_finder_class(self):
        return type("Finder", (ScopedURLFinder, super().url_finder_class), {})

    def construct_view(self, view_class, **kwargs):
        """Wrap every view: a row that is not the user's to see is not there."""
        view = super().construct_view(view_class, **kwargs)

        @wraps(view)
        def scoped(request, *args, **url):
            if "pk" in url:
                self.check_row(request, unquote(str(url["pk"])))
            return view(request, *args, **url)

        # Wagtail lets in staff only; the policy of the model says which of them.
        scoped.access_rule = "staff"
        return scoped

    def check_row(self, request, pk):
        """Raise 404 for a row outside the user's scope, or for no row at all."""
        if not with_keys(self.get_queryset(request), [pk]).exists():
            raise Http404


class ReadOnlySnippetViewSet(BaseSnippetViewSet):
    """Rows the back office reads and only services write.

    Register ``ReadOnlyPolicy(Model)`` for its model at the top of wagtail_hooks.
    """

    add_to_settings_menu = False
    form_fields = []

    def get_form_class(self, for_update=False):
        return forms.modelform_factory(self.model, fields=[])
