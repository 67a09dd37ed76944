"""The search of Wagtail's own screens: pages, images, documents and their choosers.

The full-text indexes of both databases take an unbroken run of Chinese as one word,
so 生产月 would not be found inside 安全生产月. A term is found anywhere in a title,
as on the public site; titles are short and few enough to be read without an index.
"""

from django.core.exceptions import FieldDoesNotExist
from wagtail.search.backends.database.fallback import (
    MATCH_NONE,
    DatabaseSearchBackend,
    DatabaseSearchQueryCompiler,
    DatabaseSearchResults,
)
from wagtail.search.index import RelatedFields, SearchField
from wagtail.search.query import Phrase, PlainText

from lms.web.search_terms import terms_of

# The listing of pages shows the title of the draft.
ALSO = {"title": "draft_title"}


class TermsCompiler(DatabaseSearchQueryCompiler):
    """Asks for rows that contain every term in one of their fields."""

    def get_fields_names(self):
        model = self.queryset.model
        for name in self.fields or _fields_of(model):
            for one in (name, ALSO.get(name)):
                if one and _is_column(model, one):
                    yield one

    def build_database_filter(self, query, boost=1.0):
        if not isinstance(query, PlainText | Phrase):
            return super().build_database_filter(query, boost)
        terms = terms_of(query.query_string)
        if not terms:
            return MATCH_NONE
        if isinstance(query, Phrase):
            return self.build_single_term_filter(" ".join(terms))
        operator = self.OPERATORS[query.operator]
        return operator([self.build_single_term_filter(term) for term in terms])


class TermsResults(DatabaseSearchResults):
    """Rows in the order that was asked for, else the newest first."""

    def get_queryset(self):
        queryset = self.query_compiler.queryset
        if not queryset.ordered:
            self.query_compiler.queryset = queryset.order_by("-pk")
        return super().get_queryset()


class SearchBackend(DatabaseSearchBackend):
    """Setting ``WAGTAILSEARCH_BACKENDS`` names this module."""

    query_compiler_class = TermsCompiler
    autocomplete_query_compiler_class = TermsCompiler
    results_class = TermsResults


def _fields_of(model):
    """The names of what is searched; of a tag, its name."""
    for field in model.get_search_fields():
        if isinstance(field, SearchField):
            yield field.field_name
        elif isinstance(field, RelatedFields):
            for inner in field.fields:
                if isinstance(inner, SearchField):
                    yield f"{field.field_name}__{inner.field_name}"


def _is_column(model, path):
    """Whether a search can name it: what is computed in Python it cannot."""
    try:
        for name in path.split("__"):
            model = model._meta.get_field(name).related_model or model
    except FieldDoesNotExist:
        return False
    return True
