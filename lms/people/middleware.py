from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from .access import GUARDED, is_staff, sees_others

# Wagtail's views declare no rule of ours; their doors are known by address.
STAFF_DOORS = ("/admin/", "/documents/")


class BackOfficeDoorMiddleware:
    """Tell a signed-in account without the back office so.

    Wagtail would send it to sign in, and sign-in would send it back, for ever.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not request.path.startswith("/admin/"):
            return
        if request.user.is_authenticated and not is_staff(request.user):
            raise PermissionDenied


class StaffSecondFactorMiddleware:
    """Whoever sees other people's data sets up a second factor first.

    Asked before every guarded page, so that no direct address goes round it.
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
        if not (guarded or request.path.startswith(STAFF_DOORS)):
            return None
        user = request.user
        if not user.is_authenticated or not (sees_others(user) or is_staff(user)):
            return None
        if is_mfa_enabled(user):
            return None
        messages.warning(
            request, _("Set up a second factor first: your account sees other people.")
        )
        return redirect("mfa_activate_totp")
