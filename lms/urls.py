from django.conf import settings
from django.http import Http404
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from lms import health, look
from lms.people.access import public_page


@public_page
def closed(request, **where):
    """A door that a library opens and this site does not have."""
    raise Http404


# Accounts come from rosters and slips, never by e-mail; and whoever signs in meets
# the rate limits and the second factor, which these pages know nothing of.
CLOSED = (
    r"^(?:accounts/(?:signup|email|confirm-email|inactive|login/code|"
    r"password/(?:reset|set))|admin/(?:password_reset|failwhale|test404)|"
    r"_util/login)(?:/.*)?$"
)

urlpatterns = [
    re_path(CLOSED, closed),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("look/", look.change, name="look"),
    path("accounts/", include("lms.people.account_urls")),
    path("accounts/", include("allauth.urls")),
    # The admin's own login page knows neither MFA nor rate limits.
    path(
        "admin/login/",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
    ),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    # Published pictures only, and no way up: all else under MEDIA_ROOT asks first.
    re_path(
        r"^media/images/(?P<path>[^/\\]+)$",
        serve,
        {"document_root": settings.MEDIA_ROOT / "images"},
    ),
    path("office/progress/", include("lms.plan.office_urls")),
    path("office/", include("lms.people.office_urls")),
    path("jobs/", include("lms.jobs.urls")),
    path("learn/", include("courses.urls")),
    path("exams/", include("exams.urls")),
    path("", include("certificates.urls")),
    path("progress/", include("lms.plan.urls")),
    path("", include("lms.campaigns.urls")),
    path("", include(wagtail_urls)),
]
