"""Accounts of workers: slips to make them, and the check of whose they are."""

import datetime as dt
import hmac
import secrets

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from lms.access.levels import Access
from lms.access.policies import is_staff
from lms.access.prepared import PreparedRows
from lms.evidence import clock
from lms.evidence.audit import record
from lms.people.identity.numbers import blind_index, mask_phone, normalise_phone
from lms.people.models import ActivationCode, Person, User
from lms.people.services.lookup import phone_fields
from lms.sheets.cells import half_width
from lms.web.rate_limits import Limit, within_all

# No 0, O, 1, I, L, U: the slip is read aloud and typed on a phone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10
GOOD_FOR = dt.timedelta(days=30)
# How long the holder of an account is told that a slip was used for it.
TOLD_FOR = dt.timedelta(days=30)

# A code on the holder's own phone: eight digits, good for 10 to 20 minutes.
OWN_CODE_DIGITS, OWN_CODE_SECONDS = 8, 600
OWN_CODE_TRIES = (Limit(5, 600), Limit(20, 24 * 3600))

SHORTEST_REASON = 4

_slips_of = PreparedRows(
    lambda person: ActivationCode.objects.filter(
        person=person, cancelled_at=None
    ).select_related("issued_by", "released_by")
)


class AccountRefusal(Exception):
    """An account could not be made. ``str()`` is fit for the person."""

    message = _("The account could not be made.")

    def __str__(self):
        return str(self.message)


class CodeNotGood(AccountRefusal):
    message = _("This code is wrong, used or too old. Ask for a new slip.")


class AccountClosed(AccountRefusal):
    message = _("This account is closed, or belongs to staff. Ask an administrator.")


class PhoneTaken(AccountRefusal):
    message = _("Another account uses this phone number. Ask the training base.")


class ReleaseNeeded(AccountRefusal):
    """The account is in use, so that the slip alone is not enough."""

    message = _(
        "Somebody has signed in to this account already, so the slip alone is not "
        "enough. Type the code that the signed-in phone shows under Me, or ask the "
        "training base to release the slip."
    )


class OwnCodeWrong(AccountRefusal):
    message = _(
        "The code from the signed-in phone is wrong or too old. Look at it again."
    )


class TooManyOwnCodes(AccountRefusal):
    message = _("Too many wrong codes. Wait ten minutes, then try again.")


class SecondPersonNeeded(AccountRefusal):
    message = _(
        "A colleague must do this: not the one who made the slip, and not its holder."
    )


class NothingToRelease(AccountRefusal):
    message = _("This slip is used, cancelled or too old, or needs no release.")


class ReasonNeeded(AccountRefusal):
    message = _("Say in a few words how you know that this is the right person.")


class NotYourself(AccountRefusal):
    message = _("You cannot confirm your own identity. Ask a colleague.")


@transaction.atomic
def issue_activation_code(person: Person, *, actor: User, now=None) -> str:
    """Return a code with which the person makes an account, or a new password.

    Shown once, on the slip; only its hash is kept. Earlier slips become void. Raises
    ``AccountClosed`` for staff, whom an administrator helps.
    """
    now = now or clock.now()
    Person.objects.select_for_update().get(pk=person.pk)
    _own_account(person)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    person.activation_codes.open(now).update(cancelled_at=now)
    ActivationCode.objects.create(
        person=person,
        code_key=_key(code),
        issued_by=actor,
        issued_at=now,
        expires_at=now + GOOD_FOR,
    )
    record("account.issue_activation_code", actor=actor, subject=person)
    return f"{code[:5]}-{code[5:]}"


@transaction.atomic
def release_activation_code(
    slip: ActivationCode, *, actor: User, reason: str, now=None
) -> ActivationCode:
    """Release a slip for an account in use, as the second of two members of staff.

    Raises ``NothingToRelease``, ``SecondPersonNeeded``, ``ReasonNeeded``.
    """
    now = now or clock.now()
    waiting = ActivationCode.objects.awaiting_release(now).filter(pk=slip.pk)
    slip = waiting.select_for_update(of=("self",)).first()
    if slip is None:
        raise NothingToRelease
    if actor.pk == slip.issued_by_id or actor.person_id == slip.person_id:
        raise SecondPersonNeeded
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonNeeded
    slip.released_by, slip.released_at = actor, now
    slip.save(update_fields=["released_by", "released_at"])
    record(
        "account.release_activation_code",
        actor=actor,
        subject=slip.person,
        reason=reason,
        data={"slip": slip.pk, "issued_by": slip.issued_by_id},
    )
    return slip


@transaction.atomic
def cancel_activation_codes(person: Person, *, actor: User, now=None) -> int:
    """End the open slips of a person who did not ask for one; return how many."""
    now = now or clock.now()
    cancelled = person.activation_codes.open(now).update(cancelled_at=now)
    if cancelled:
        record("account.cancel_activation_code", actor=actor, subject=person)
    return cancelled


def slips_to_tell(person: int, now: dt.datetime) -> list[ActivationCode]:
    """Return the slips a person is told of, newest first: open ones, and those used."""
    return [
        slip
        for slip in _slips_of.rows(person)
        if (slip.used_at and slip.used_at > now - TOLD_FOR)
        or (slip.used_at is None and slip.expires_at > now)
    ]


def show_own_code(slip: ActivationCode, user: User, *, now=None) -> str:
    """Return the code a signed-in holder reads out to let a slip be used."""
    window = int((now or clock.now()).timestamp()) // OWN_CODE_SECONDS
    return _own_code(slip, user, window)


@transaction.atomic
def activate_account(
    code: str, *, phone: str, password: str, own_code: str = "", now=None
) -> User:
    """Make the account of the person the slip was given to, or let them in again.

    An account that was signed in to before needs ``own_code``, or a slip that was
    released; after a release the holder's identity is confirmed anew before an exam.
    Raises ``CodeNotGood``, ``AccountClosed``, ``ReleaseNeeded``, ``OwnCodeWrong``,
    ``TooManyOwnCodes``, ``PhoneTaken``, and ``IdentityError`` for what is no phone.
    """
    now = now or clock.now()
    phone = normalise_phone(phone)
    open_slips = ActivationCode.objects.select_for_update().open(now)
    slip = open_slips.filter(code_key=_key(code)).first()
    if slip is None:
        raise CodeNotGood
    person = slip.person
    user = _own_account(person)
    proof = _proof(slip, user, own_code, now)
    user = user or User(username=f"p{person.pk}", name=person.name, person=person)
    before = person.phone_masked
    _save_account(user, person, phone, password)
    if proof == "release":
        person.identity_checked_at = person.identity_checked_by = None
        person.save(update_fields=["identity_checked_at", "identity_checked_by"])
    slip.used_at = now
    slip.save(update_fields=["used_at"])
    record(
        "account.activate",
        actor=user,
        subject=person,
        data={"slip": slip.pk, "proof": proof},
        changes={"phone_masked": [before, mask_phone(phone)]},
    )
    return user


@transaction.atomic
def confirm_identity(person: Person, *, actor: User, now=None) -> Person:
    """Confirm that the person before the actor is the holder of document and account.

    Repeating it changes nothing. Raises ``NotYourself``.
    """
    if actor.person_id == person.pk:
        raise NotYourself
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.identity_checked_at is None:
        person.identity_checked_at = now or clock.now()
        person.identity_checked_by = actor
        person.save(update_fields=["identity_checked_at", "identity_checked_by"])
        record("person.confirm_identity", actor=actor, subject=person)
    return person


@transaction.atomic
def set_password(user: User, password: str, *, actor: User) -> User:
    """Give an account a password on its holder's behalf.

    Whose account it is has to be confirmed again before its next exam.
    """
    user.set_password(password)
    user.save(update_fields=["password"])
    if user.person_id and actor.pk != user.pk:
        Person.objects.filter(pk=user.person_id).update(
            identity_checked_at=None, identity_checked_by=None
        )
    record("account.set_password", actor=actor, subject=user)
    return user


def _proof(slip, user, code, now) -> str:
    """Return what lets a slip open an account, or raise why nothing does."""
    if user is None or user.last_login is None:
        return "first"
    if code.strip():
        if not within_all(f"own_code.{slip.pk}", OWN_CODE_TRIES):
            raise TooManyOwnCodes
        if not _own_code_agrees(slip, user, code, now):
            raise OwnCodeWrong
        return "own_phone"
    if slip.released_at is None:
        raise ReleaseNeeded
    return "release"


def _own_code_agrees(slip, user, code, now) -> bool:
    given = "".join(half_width(code).split()).encode()
    window = int(now.timestamp()) // OWN_CODE_SECONDS
    good = [_own_code(slip, user, window - back).encode() for back in (0, 1)]
    return any(hmac.compare_digest(given, one) for one in good)


def _own_code(slip, user, window) -> str:
    # The password is part of it: using the slip spends the code.
    facts = f"{slip.pk}.{user.pk}.{user.password}.{window}"
    digest = salted_hmac("people.own_code", facts, algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8]) % 10**OWN_CODE_DIGITS:0{OWN_CODE_DIGITS}}"


def _save_account(user, person, phone, password) -> None:
    fields = phone_fields(phone)
    user.phone_key = fields["phone_key"]
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise PhoneTaken from error
    for name, value in fields.items():
        setattr(person, name, value)
    person.save(update_fields=list(fields))


def _own_account(person: Person) -> User | None:
    user = User.objects.filter(person=person).first()
    if user is not None and (
        not user.is_active or user.access != Access.SELF or is_staff(user)
    ):
        raise AccountClosed
    return user


def _key(code: str) -> str:
    plain = "".join(half_width(code).upper().replace("-", "").split())
    return blind_index("activation", plain)
