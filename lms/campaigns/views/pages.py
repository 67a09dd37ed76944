from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from wagtail import views as wagtail_views
from wagtail.models import Page, Site

from lms.access.policies import public_page
from lms.campaigns.models import ArticlePage, PublicPage
from lms.campaigns.models.kept import kept_for
from lms.campaigns.services.search import excerpt, find
from lms.web.search_terms import MAX_QUERY, terms_of

PER_PAGE = 10


@public_page
def serve(request, path):
    """Serve a page of the tree; which one it is stays known until a page is written."""
    request._wagtail_site = kept_for(
        request, ("site", request.get_host()), lambda: Site.find_for_request(request)
    )
    route = kept_for(
        request,
        ("route", request._wagtail_site, path),
        lambda: _public_route(request, path),
    )
    if route is not None:
        request._wagtail_route_for_request = route
    return wagtail_views.serve(request, path)


def _public_route(request, path):
    """Return the route to a public page, None to any other: those are not kept."""
    route = Page.route_for_request(request, path)
    if route is None or not isinstance(route[0], PublicPage):
        return None
    route[0].kept_restrictions = list(route[0].get_view_restrictions())
    return route


@public_page
@require_safe
def search(request):
    """Search for terms anywhere in titles and texts."""
    query = request.GET.get("q", "")[:MAX_QUERY].strip()
    terms = terms_of(query)
    page = Paginator(find(terms), PER_PAGE).get_page(request.GET.get("page"))
    hits = [(entry.page, excerpt(entry.text, terms)) for entry in page]
    context = {"query": query, "terms": terms, "page": page, "hits": hits}
    context["kept_query"] = urlencode({"q": query})
    if not terms:
        context["latest"] = ArticlePage.objects.live().public().newest_first()[:5]
    return render(request, "campaigns/search.html", context)


@public_page
@require_safe
def robots(request):
    """Public pages may be indexed; everything about people may not."""
    closed = ("/admin/", "/accounts/", "/office/", "/learn/", "/exams/", "/v/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines.append(f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}")
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain")


@public_page
@require_safe
def manifest(request):
    """Let a phone put the site on its home screen."""
    icon = {"src": static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    return JsonResponse(
        {
            "name": _("Wuchuan Work Safety Training Base"),
            "short_name": _("Wuchuan Safety Training"),
            "start_url": "/",
            "display": "standalone",
            "background_color": "#f8f6f2",
            "theme_color": "#16294f",
            "icons": [icon],
        },
        content_type="application/manifest+json",
    )
