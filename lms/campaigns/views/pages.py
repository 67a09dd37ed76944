from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.access.policies import public_page
from lms.campaigns.models import ArticlePage
from lms.campaigns.services.search import excerpt, find
from lms.web.search_terms import MAX_QUERY, terms_of

PER_PAGE = 10


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
