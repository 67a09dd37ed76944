"""Floor of P9: the home page as a plain Wagtail project writes it, without a cache.

The middleware and context processors of ``wagtail start``, the steps of Wagtail's
own ``serve``, the same lists of pages, and a template with no menus, no translation
and no pictures but the words and links that the page shows.
"""

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.template import Context, Engine
from django.test import override_settings
from django.urls import path
from wagtail import hooks
from wagtail.models import Site

from lms.campaigns.models import ArticlePage, CampaignPage, ColumnPage
from lms.campaigns.models.pages import of_the_season

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]
PAGE = Engine(libraries={"core": "wagtail.templatetags.wagtailcore_tags"}).from_string(
    """{% load core %}<!doctype html><html><head><title>{{ page.title }}</title></head>
<body>
<nav>{% for child in page.get_children.live.in_menu %}
<a href="{% pageurl child %}">{{ child.title }}</a>{% endfor %}</nav>
<h1>{{ page.title }}</h1><p>{{ page.lead }}</p>
{% if campaign %}<article>
<h2><a href="{% pageurl campaign %}">{{ campaign.title }}</a></h2>
<p>{{ campaign.get_kind_display }} {{ campaign.starts_on }} {{ campaign.ends_on }}</p>
<p>{{ campaign.intro }}</p></article>{% endif %}
{% for article in articles %}<article>
<h2><a href="{% pageurl article %}">{{ article.title }}</a></h2>
<p>{{ article.intro }}</p>
<p>{{ article.get_kind_display }} {{ article.published_on }}</p>
</article>{% endfor %}
{% for column in columns %}<a href="{% pageurl column %}">{{ column.title }}</a>
{% endfor %}<footer>{{ user }}{{ messages }}</footer></body></html>"""
)


def serve(request):
    page, args, kwargs = Site.find_for_request(request).root_page.route(request, [])
    for hook in hooks.get_hooks("before_serve_page"):
        hook(page, request, args, kwargs)
    articles = ArticlePage.objects.live().public().order_by("-published_on")
    context = {
        "page": page,
        "request": request,
        "user": request.user,
        "campaign": of_the_season(CampaignPage.objects.live().public()),
        "articles": articles[:3],
        "columns": ColumnPage.objects.child_of(page).live().in_menu(),
    }
    return HttpResponse(PAGE.render(Context(context)))


urlpatterns = [path("", serve)]


class PlainWagtail(WSGIHandler):
    """A Django that knows this file's one address."""

    def get_response(self, request):
        request.urlconf = __name__
        return super().get_response(request)


def application() -> WSGIHandler:
    """Return the floor."""
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        return PlainWagtail()
