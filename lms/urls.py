from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from lms import health, look

urlpatterns = [
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
    # Published pictures only: everything else under MEDIA_ROOT asks for permission.
    re_path(
        r"^media/(?P<path>images/.+)$", serve, {"document_root": settings.MEDIA_ROOT}
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
