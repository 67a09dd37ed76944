from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password

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

    def is_open_for_signup(self, request):
        return False
