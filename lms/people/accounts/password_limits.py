"""How often a password or a second factor may be guessed, and by whom.

Three counters, each over a few minutes, an hour and a day:

* an account at one address, for visitors that never signed in to it there;
* an account on a device that did sign in to it before, or in a session of its own:
  so that wrong guesses of a neighbour behind the same address do not lock it out;
* an account over all addresses, without those devices: guesses are bounded however
  many addresses they come from.

A right password takes its own count back.
"""

import secrets
from dataclasses import dataclass, field

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from lms.people.models import User
from lms.web.rate_limits import Limit, address_of, give_back, within_all

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600

# One address may be a whole exam room, signing in within a minute.
OF_ADDRESS = (Limit(200, MINUTE),)
AT_ADDRESS = (Limit(5, 5 * MINUTE), Limit(15, HOUR), Limit(40, DAY))
ON_KNOWN_DEVICE = (Limit(5, MINUTE), Limit(20, HOUR), Limit(60, DAY))
# More than one address can use up, so that no single address can lock the account.
ANYWHERE = (Limit(30, HOUR), Limit(100, DAY))
SECOND_FACTOR = (Limit(5, 5 * MINUTE), Limit(30, HOUR), Limit(60, DAY))

COOKIE, SALT = "known_device", "people.known_device"
COOKIE_AGE, MOST_ACCOUNTS = 400 * DAY, 8
COOKIE_PATH = "/accounts/"


@dataclass
class Guess:
    """One guess that was counted: give it back where it was right."""

    allowed: bool = True
    _counted: list = field(default_factory=list)

    def count(self, what: str, limits: tuple[Limit, ...]) -> None:
        """Count against some limits, unless others refused already."""
        if self.allowed:
            self._counted.append((what, limits))
            self.allowed = within_all(what, limits)

    def give_back(self) -> None:
        """Take the counts back after a right password or code."""
        for what, limits in self._counted:
            give_back(what, limits)


def guess_password(request: HttpRequest, *, user: User | None, name: str) -> Guess:
    """Count a guess at the password of an account, or of a name nobody has."""
    account = f"account.{user.pk}" if user else f"nobody.{name}"
    address, guess = address_of(request), Guess()
    if request.user.is_authenticated and request.user == user:
        return guess_own_password(user)
    device, accounts = _device(request)
    if user is not None and user.pk in accounts:
        guess.count(f"password.{account}.{device}", ON_KNOWN_DEVICE)
        return guess
    guess.count(f"password.address.{address}", OF_ADDRESS)
    guess.count(f"password.{account}@{address}", AT_ADDRESS)
    guess.count(f"password.{account}", ANYWHERE)
    return guess


def guess_own_password(user: User) -> Guess:
    """Count a guess at the password of the account that is signed in already."""
    guess = Guess()
    guess.count(f"password.account.{user.pk}.session", ON_KNOWN_DEVICE)
    return guess


def guess_second_factor(user: User) -> Guess:
    """Count a guess at the second factor of an account whose password was right."""
    guess = Guess()
    guess.count(f"second_factor.{user.pk}", SECOND_FACTOR)
    return guess


def remember_device(
    request: HttpRequest, response: HttpResponse, user: User
) -> HttpResponse:
    """Remember by a signed cookie that this device has signed in to an account."""
    device, accounts = _device(request)
    accounts = [user.pk, *(pk for pk in accounts if pk != user.pk)][:MOST_ACCOUNTS]
    response.set_cookie(
        COOKIE,
        signing.dumps([device or secrets.token_urlsafe(12), accounts], salt=SALT),
        max_age=COOKIE_AGE,
        path=COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _device(request) -> tuple[str, list[int]]:
    try:
        cookie = request.COOKIES.get(COOKIE, "")
        device, accounts = signing.loads(cookie, salt=SALT, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return "", []
    return device, accounts
