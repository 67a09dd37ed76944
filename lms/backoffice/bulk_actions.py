"""Acts on many images, documents or pages: what is confirmed is what was listed.

"Select all in listing" reaches Wagtail's acts as ``id=all`` beside the query of the
listing, of which they heed the search alone. Here the listing itself is asked, with
every filter, search and limit of permissions it has.
"""

import copy
import hashlib

from django.contrib import messages
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.views.pages import bulk_actions as page_actions
from wagtail.admin.views.pages.listing import ExplorableIndexView
from wagtail.admin.views.pages.search import SearchView
from wagtail.documents.views import bulk_actions as document_actions
from wagtail.documents.views.documents import IndexView as DocumentListing
from wagtail.images.views import bulk_actions as image_actions
from wagtail.images.views.images import IndexView as ImageListing

FILES = ("AddTagsBulkAction", "AddToCollectionBulkAction", "DeleteBulkAction")
PAGES = (
    "DeleteBulkAction",
    "MoveBulkAction",
    "PublishBulkAction",
    "UnpublishBulkAction",
)
# What a bulk action adds to the query of its listing, or must not ask of it.
NO_FILTER = ("id", "childOf", "next", "shown", "export")
CHANGED = _("The listing has changed in the meantime. This is what it shows now.")


def honest_actions() -> list[type[BulkAction]]:
    """Return Wagtail's acts on images, documents and pages, bound to their listings."""
    return [
        *_bound(image_actions, FILES, ListedFiles, ImageListing),
        *_bound(document_actions, FILES, ListedFiles, DocumentListing),
        *_bound(page_actions, PAGES, ListedPages, ExplorableIndexView),
    ]


def _bound(module, names, mixin, listing):
    for name in names:
        action = getattr(module, name)
        yield type(name, (mixin, action), {"listing": listing})


class ListedOnly:
    """Takes "all in listing" to be what the view ``listing`` shows."""

    @cached_property
    def is_whole_listing(self):
        return "all" in self.request.GET.getlist("id")

    def get_all_objects_in_listing_query(self, parent_id):
        return self.listed

    @cached_property
    def listed(self) -> list[int]:
        """The keys of the rows the listing shows, on all its pages."""
        request = copy.copy(self.request)
        request.method, request.GET = "GET", self.request.GET.copy()
        for name in NO_FILTER:
            request.GET.pop(name, None)
        shown = getattr(self.show_listing(request), "context_data", None)
        if shown is None:  # not a listing the user may see
            raise Http404
        paginator = shown["paginator"]
        rows = paginator.object_list if paginator else shown["object_list"]
        return [row.pk for row in rows]

    @cached_property
    def parent_key(self) -> int | None:
        """The key of the page or collection whose listing it is said to be."""
        key = self.request.GET.get("childOf")
        if key is None:
            return None
        if not key.isdecimal():
            raise Http404
        return int(key)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if self.is_whole_listing:
            query = self.request.GET.copy()
            query["shown"] = self._digest
            context["submit_url"] = f"{self.request.path}?{query.urlencode()}"
        return context

    def post(self, request, *args, **kwargs):
        """Act; ask anew where the listing is no longer the one that was confirmed."""
        confirmed = request.GET.get("shown", "")
        if self.is_whole_listing and confirmed and confirmed != self._digest:
            messages.warning(request, CHANGED)
            return self.render_to_response(self.get_context_data())
        return super().post(request, *args, **kwargs)

    @property
    def _digest(self):
        keys = ",".join(map(str, sorted(self.listed)))
        return hashlib.sha256(keys.encode()).hexdigest()[:16]


class ListedFiles(ListedOnly):
    """Images or documents."""

    def show_listing(self, request):
        # The browser sends the filters as they are now beside ``next``; its childOf
        # may be of a collection that was chosen before.
        if self.parent_key and "next" not in self.request.GET:
            request.GET.setdefault("collection_id", str(self.parent_key))
        return self.listing.as_view()(request)


class ListedPages(ListedOnly):
    """Pages below a parent, or found by the search over all pages."""

    def show_listing(self, request):
        if self.parent_key is None:
            return SearchView.as_view()(request)
        return self.listing.as_view()(request, self.parent_key)
