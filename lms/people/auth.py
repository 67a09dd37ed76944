from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from lms.cells import half_width

from .identity import IdentityError, blind_index, normalise_phone
from .models import User


def user_for_login(login: str) -> User | None:
    """Find the account of a phone number or user name; None if there is none."""
    try:
        return User.objects.get(phone_key=blind_index("phone", normalise_phone(login)))
    except (IdentityError, User.DoesNotExist):
        return User.objects.filter(username=login.strip()).first()


class PhoneOrUsernameBackend(ModelBackend):
    """Sign in with a phone number or a user name and a password."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        if username is None or password is None:
            return None
        user = user_for_login(username)
        if user is None:
            make_password(password)  # the same time for a known and an unknown name
            return None
        if user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come from rosters and staff; nobody signs himself up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _(
            "The phone number, the user name or the password is wrong."
        ),
    }

    def is_open_for_signup(self, request):
        return False

    def _get_login_attempts_cache_key(self, request, **credentials):
        """Count wrong passwords by account, however its name is spelt, and address.

        By address too, or anybody anywhere could lock a worker out of an exam. A name
        that nobody has is counted as well: it must answer like one somebody has.
        """
        login = credentials.get("username", "")
        user = user_for_login(login)
        who = f"account:{user.pk}" if user else f"nobody:{_folded(login)}"
        return f"{who}@{self.get_client_ip(request)}"


def _folded(login: str) -> str:
    try:
        return normalise_phone(login)
    except IdentityError:
        return half_width(login).lower()
