from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from lms.access.prepared import PreparedRows
from lms.evidence import clock
from lms.people.accounts.password_limits import guess_password, remember_device
from lms.people.identity.numbers import IdentityError, blind_index, normalise_phone
from lms.people.models import User
from lms.people.services.accounts import slips_to_tell
from lms.sheets.cells import half_width

_of_session = PreparedRows(lambda user: User.objects.filter(pk=user))


def user_for_login(login: str) -> User | None:
    """Find the account of a phone number or user name; None if there is none."""
    try:
        return User.objects.get(phone_key=blind_index("phone", normalise_phone(login)))
    except (IdentityError, User.DoesNotExist):
        return User.objects.filter(username=login.strip()).first()


class PhoneOrUsernameBackend(ModelBackend):
    """Sign in with a phone number or a user name and a password."""

    def get_user(self, user_id):
        """Return the account of a session while it may be used; read every request."""
        user = _of_session.first(user_id)
        return user if user and self.user_can_authenticate(user) else None

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
    """Accounts come from rosters and staff; self-registration is closed."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _(
            "The phone number, the user name or the password is wrong."
        ),
    }

    def is_open_for_signup(self, request):
        return False

    def pre_authenticate(self, request, **credentials):
        """Count a wrong password by account, however its name is spelt.

        An unknown name is counted as well, so that it is answered like a known one.
        """
        login = credentials.get("username", "")
        user = user_for_login(login)
        self.guess = guess_password(request, user=user, name=_folded(login))
        if not self.guess.allowed:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request, **credentials):
        user = super().authenticate(request, **credentials)
        if user is not None:
            self.guess.give_back()
        return user

    def post_login(self, request, user, **kwargs):
        """Tell the holder of slips used for the account, and remember the device."""
        # Without a page to return to, the start page shows the slips.
        if kwargs.get("redirect_url") and user.person_id:
            tell_of_slips(request, user)
        response = super().post_login(request, user, **kwargs)
        return remember_device(request, response, user)


def tell_of_slips(request, user) -> None:
    """Warn the holder of an account, on the next page, of slips given or used."""
    slips = slips_to_tell(user.person_id, clock.now())
    if slips:
        messages.warning(
            request,
            _(
                "A sign-in slip was made for your account. If you did not ask for it, "
                "open Me and tell the training base."
            ),
        )


def _folded(login: str) -> str:
    try:
        return normalise_phone(login)
    except IdentityError:
        return half_width(login).lower()
