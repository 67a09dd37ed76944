import re

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.permissions import page_permission_policy

from lms.access.policies import GUARDED, is_staff, sees_others

# Wagtail's views declare no access rule; they are known by address.
STAFF_PATHS = ("/admin/", "/documents/")

# Views of Wagtail that take keys in the address and expect numbers.
TAKES_KEYS = re.compile(
    r"/admin/(?:bulk|choose-page|images/chooser|documents/chooser)/"
)
KEY = re.compile(r"[0-9]{1,18}|all")
# Views that name pages, drafts among them, to every user of the back office.
NAMES_PAGES = re.compile(
    r"/admin/(?:api/main/pages|bulk/wagtailcore/page|choose-page|pages)/"
)
OF_PAGES = ("add", "change", "publish", "bulk_delete", "lock", "unlock")


class BackOfficeAccessMiddleware:
    """Refuse requests to the back office that Wagtail itself does not refuse.

    A signed-in account without the back office gets 403: Wagtail would redirect it
    to sign in, and sign-in would redirect it back, endlessly. Malformed keys and
    drafts outside the permissions of the account get 404.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not request.path.startswith("/admin/"):
            return
        user = request.user
        if not user.is_authenticated:
            return
        if not is_staff(user):
            raise PermissionDenied
        if TAKES_KEYS.match(request.path):
            keys = [*request.GET.getlist("id"), *request.GET.getlist("childOf")]
            if not all(map(KEY.fullmatch, keys)):
                raise Http404
        if NAMES_PAGES.match(request.path) and not _works_on_pages(user):
            raise Http404


def _works_on_pages(user):
    return page_permission_policy.user_has_any_permission(user, OF_PAGES)


class StaffSecondFactorMiddleware:
    """Demand a second factor of accounts that see data of other people.

    Checked before every guarded page, also one opened by its address.
    Workers' and public pages cost nothing.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not settings.STAFF_MFA_REQUIRED:
            return None
        guarded = getattr(view, "access_rule", None) in GUARDED
        if not (guarded or request.path.startswith(STAFF_PATHS)):
            return None
        user = request.user
        if not user.is_authenticated or not (sees_others(user) or is_staff(user)):
            return None
        if get_adapter().is_mfa_enabled(user):
            return None
        messages.warning(
            request, _("Set up a second factor first: your account sees other people.")
        )
        return redirect("mfa_activate_totp")
