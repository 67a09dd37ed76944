from functools import wraps

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.functional import lazy
from django.utils.translation import gettext
from wagtail.permissions import policy_registry
from wagtail.snippets.views.chooser import (
    ChooseResultsView,
    ChooseView,
    SnippetChooserViewSet,
    SnippetChosenMultipleView,
    SnippetChosenView,
)
from wagtail.snippets.widgets import AdminSnippetChooser

from lms.backoffice.filters import SearchForm
from lms.backoffice.rows import with_keys

CHOOSING = {"view", "add", "change"}


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
    """A chooser in the language of the reader, which Wagtail fixes at start-up.

    A key of no row is shown as no choice.
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
