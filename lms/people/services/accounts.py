import datetime as dt
import secrets

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms import clock
from lms.cells import half_width
from lms.people.access import is_staff
from lms.people.identity import blind_index, normalise_phone
from lms.people.models import Access, ActivationCode, Person, User

from .audit import record
from .lookup import phone_fields

# No 0, O, 1, I, L, U: the slip is read aloud and typed on a phone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10
GOOD_FOR = dt.timedelta(days=30)


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


@transaction.atomic
def issue_activation_code(person: Person, *, actor: User, now=None) -> str:
    """Return a code with which the person makes an account, or a new password.

    Shown once, on the slip; only its hash is kept. Slips given before end. Raises
    ``AccountClosed`` for staff: their way back is an administrator.
    """
    now = now or clock.now()
    Person.objects.select_for_update().get(pk=person.pk)
    _own_account(person)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    person.activation_codes.filter(used_at=None).update(used_at=now)
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
def activate_account(code: str, *, phone: str, password: str, now=None) -> User:
    """Make the account of the person the slip was given to, or let them in again.

    Raises ``CodeNotGood``, ``AccountClosed``, ``PhoneTaken``, and ``IdentityError``
    for what is no phone number.
    """
    now = now or clock.now()
    phone = normalise_phone(phone)
    slip = (
        ActivationCode.objects.select_for_update()
        .filter(code_key=_key(code), used_at=None, expires_at__gt=now)
        .first()
    )
    if slip is None:
        raise CodeNotGood
    person = slip.person
    user = _own_account(person)
    if user is None:
        user = User(username=f"p{person.pk}", name=person.name, person=person)
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
    slip.used_at = now
    slip.save(update_fields=["used_at"])
    record("account.activate", actor=user, subject=person)
    return user


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
