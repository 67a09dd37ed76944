from django.contrib.sitemaps.views import sitemap
from django.templatetags.static import static
from django.urls import path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from lms.access.policies import public_page
from lms.campaigns.views import pages as views
from lms.campaigns.views.feeds import ArticleFeed
from lms.campaigns.views.sitemap import PublicSitemap

mark = lazy(static, str)("img/mark.svg")

app_name = "campaigns"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("feed/", public_page(ArticleFeed()), name="feed"),
    path(
        "sitemap.xml",
        public_page(sitemap),
        {"sitemaps": {"pages": PublicSitemap}},
        name="sitemap",
    ),
    path("robots.txt", views.robots, name="robots"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("favicon.ico", public_page(RedirectView.as_view(url=mark)), name="favicon"),
]
