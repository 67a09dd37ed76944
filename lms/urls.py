from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.admin.urls import reports as wagtailadmin_reports_urls
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.utils.urlpatterns import decorate_urlpatterns

from lms.access.policies import public_page, staff_page
from lms.campaigns.published_files import documents
from lms.campaigns.views import pages
from lms.people.accounts.settings_page import AccountSettings
from lms.web import preferences


@public_page
def closed(request, **where):
    """Answer 404 for a URL of a library that this site does not use."""
    raise Http404


def unreadable(request, exception):
    """Answer a request that Django could not read with a page of the site."""
    return render(request, "400.html", status=400)


handler400 = unreadable

# Accounts come from rosters and slips, never by e-mail; sign-in has rate limits and a
# second factor, which these pages do not know. Accounts
# have one screen, ours; acting on many rows at once is for pages and files only.
CLOSED = (
    r"^(?:accounts/(?:signup|email|confirm-email|inactive|login/code|"
    r"password/(?:reset|set))|admin/(?:password_reset|failwhale|test404|"
    r"users/[^/]+|bulk/(?!wagtail)[^/]*)|_util/login)(?:/.*)?$"
)


def superusers_only(view):
    """Close Wagtail's reports, which show rows of any town, to all but superusers."""

    def guarded(request, *args, **kwargs):
        if not request.user.is_superuser:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


decorate_urlpatterns(wagtailadmin_reports_urls.urlpatterns, superusers_only)

urlpatterns = [
    re_path(CLOSED, closed),
    path("preferences/", preferences.change, name="preferences"),
    path("accounts/", include("lms.people.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    # The admin's own login page knows neither MFA nor rate limits.
    path(
        "admin/login/",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
    ),
    # Wagtail links to its own list of accounts; the one screen is ours.
    path("admin/users/", RedirectView.as_view(url="/admin/snippets/people/user/")),
    path("admin/account/", staff_page(require_admin_access(AccountSettings.as_view()))),
    path("admin/", include(wagtailadmin_urls)),
    path(
        "documents/<int:document_id>/<path:document_filename>",
        documents.serve,
        name="document",
    ),
    path("documents/", include(wagtaildocs_urls)),
    # Published pictures only, and no way up: all else under MEDIA_ROOT asks first.
    re_path(
        r"^media/images/(?P<path>[^/\\]+)$",
        serve,
        {"document_root": settings.MEDIA_ROOT / "images"},
    ),
    path("office/progress/", include("lms.plan.views.office_urls")),
    path("office/", include("lms.people.views.office_urls")),
    path("jobs/", include("lms.jobs.urls")),
    path("learn/", include("courses.urls")),
    path("exams/", include("exams.urls")),
    path("", include("certificates.urls")),
    path("progress/", include("lms.plan.urls")),
    path("", include("lms.campaigns.urls")),
    # Before Wagtail's own view of pages, which would query for each of them.
    re_path(rf"(?!_util/){wagtail_urls.serve_pattern}", pages.serve),
    path("", include(wagtail_urls)),
]
