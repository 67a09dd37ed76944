from functools import wraps

from django import forms
from django.contrib.admin.utils import unquote
from django.http import Http404
from django.urls import path
from django.views.decorators.http import require_http_methods
from wagtail.snippets.models import SnippetAdminURLFinder
from wagtail.snippets.views.snippets import SnippetViewSet

from lms.access.policies import STAFF, declares
from lms.access.scopes import rows_for
from lms.backoffice.choosers import ScopedChooserViewSet
from lms.backoffice.filters import ScopedFilterSet
from lms.backoffice.row_actions import act
from lms.backoffice.rows import with_keys
from lms.backoffice.views import (
    AuditedCreateView,
    AuditedDeleteView,
    AuditedEditView,
    LocalInspectView,
    ScopedIndexView,
)


class ScopedURLFinder(SnippetAdminURLFinder):
    """Gives no URL of a row the user may not see; Wagtail then shows "private"."""

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
    Filters that no field gives stand in a ``base_filterset_class``. What its forms
    save is recorded in the audit trail: register ``row_acts(Model)``.
    """

    index_view_class = ScopedIndexView
    index_template_name = "backoffice/index.html"
    add_view_class = AuditedCreateView
    edit_view_class = AuditedEditView
    delete_view_class = AuditedDeleteView
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
        """Wrap every view: 404 for a row that the user may not see."""
        view = super().construct_view(view_class, **kwargs)

        @wraps(view)
        def scoped(request, *args, **url):
            if "pk" in url:
                self.check_row(request, unquote(str(url["pk"])))
            return view(request, *args, **url)

        # Wagtail lets in staff only; the policy of the model says which of them.
        scoped.access_rule = "staff"
        return scoped

    def get_urlpatterns(self):
        address = path("<int:pk>/act/<slug:name>/", self.act_view, name="act")
        return [*super().get_urlpatterns(), address]

    @property
    def act_view(self):
        """The acts on a row, see ``lms.backoffice.row_actions``."""

        @declares(STAFF)
        @require_http_methods(["GET", "HEAD", "POST"])
        def view(request, pk, name):
            return act(request, viewset=self, pk=pk, name=name)

        return view

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
