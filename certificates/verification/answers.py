"""What anybody may learn about a certificate: signature and register together.

Plain sentences of S2.4. Names are masked; an answer to a wrong question
tells nothing about what exists.
"""

import datetime as dt
import hmac
import logging
import re
import unicodedata
from dataclasses import dataclass

from django.core.cache import cache
from django.db import models
from django.utils.translation import gettext_lazy as _
from stdnum import luhn

from certificates.exceptions import KeyRevoked, TokenRefused
from certificates.models import Certificate
from certificates.models.status import Status
from certificates.register import signing
from certificates.verification.lookup import row_of_serial
from lms.evidence import clock
from lms.evidence.audit import record
from lms.people.identity.numbers import fold_name

logger = logging.getLogger(__name__)

NUMBER = re.compile(r"WC([0-9]{4})[A-Z]([0-9]{6})([0-9])")
MAX_NAME = 60


class Outcome(models.TextChoices):
    VALID = "valid", _("Valid")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REPLACED = "replaced", _("Replaced")
    NOT_YET_VALID = "not_yet_valid", _("Not valid yet")
    UNKNOWN = "unknown", _("Not one of ours")


OUTCOMES = {
    Status.VALID: Outcome.VALID,
    Status.REVIEW_WINDOW: Outcome.VALID,
    Status.RENEWAL_WINDOW: Outcome.VALID,
    Status.EXPIRED: Outcome.EXPIRED,
    Status.REVIEW_OVERDUE: Outcome.EXPIRED,
    Status.SUSPENDED: Outcome.WITHDRAWN,
    Status.REVOKED: Outcome.WITHDRAWN,
    Status.CANCELLED: Outcome.WITHDRAWN,
    Status.SUPERSEDED: Outcome.REPLACED,
    Status.NOT_YET_VALID: Outcome.NOT_YET_VALID,
}


@dataclass(frozen=True)
class Answer:
    """The outcome of a check; ``row`` is None where the token is not one of ours."""

    outcome: Outcome
    status: str = ""
    row: Certificate | None = None
    day: dt.date | None = None

    @property
    def ended_on(self) -> dt.date | None:
        """The day the present state began, where it is not a valid one."""
        row = self.row
        return {
            Status.CANCELLED: row.cancelled_on,
            Status.REVOKED: row.revoked_on,
            Status.SUSPENDED: row.suspended_from,
            Status.SUPERSEDED: row.replaced_on,
            Status.EXPIRED: row.valid_to,
            Status.REVIEW_OVERDUE: row.review_due_on,
            Status.NOT_YET_VALID: row.valid_from,
        }.get(self.status)

    @property
    def reason_class(self) -> str:
        """Why it was withdrawn, as the code of a class that may be public."""
        row = self.row
        return {
            Status.CANCELLED: row.cancelled_reason,
            Status.REVOKED: row.revoked_reason,
            Status.SUSPENDED: row.suspended_reason,
        }.get(self.status, "")

    def facts(self) -> dict[str, str]:
        """Every printed fact, the name masked."""
        return self.row.facts | {"name": self.row.masked_name}

    def as_json(self) -> dict:
        """Return the JSON object of S4.1, and the printed facts."""
        if self.row is None:
            return {"result": self.outcome, "status": None}
        row = self.row
        return {
            "result": self.outcome,
            "status": self.status,
            "serial": row.serial,
            "kind": row.kind.code,
            "holder_masked": row.masked_name,
            "issued_on": row.issued_on.isoformat(),
            "valid_to": row.valid_to and row.valid_to.isoformat(),
            "as_of": self.day.isoformat(),
            "ended_on": self.ended_on and self.ended_on.isoformat(),
            "replaced_on": row.replaced_on and row.replaced_on.isoformat(),
            "reason_class": self.reason_class,
            "facts": self.facts(),
        }


UNKNOWN = Answer(Outcome.UNKNOWN)


def check_token(token: str) -> Answer:
    """Return what a token is worth today. One query; an unknown one none at all.

    A rightly signed token the register does not know raises the forgery alarm: it
    means that a private key is in other hands.
    """
    try:
        claims, vouched = signing.read(token), True
    except KeyRevoked as revoked:
        claims, vouched = revoked.claims, False
    except TokenRefused:
        return UNKNOWN
    row = row_of_serial(claims.serial)
    if row is None or not hmac.compare_digest(row.token, signing.normalise(token)):
        if vouched and not _says_the_same(row, claims):
            _alarm(claims.serial)
        return UNKNOWN
    day = clock.day_of(row.now)
    status = row.status_on(day)
    return Answer(OUTCOMES[status], status, row, day)


def find_by_number(number: str, name: str) -> Certificate | None:
    """Return the issued certificate of a number and its holder's full name.

    Both are compared in half width without spaces, the name also without case and
    with any dot; 張 is not 张. Whether the number exists does not show in the answer.
    """
    printed = NUMBER.fullmatch(_squeezed(number).upper())
    name = fold_name(name[:200])
    if printed is None or len(name) > MAX_NAME:
        return None
    if not luhn.is_valid("".join(printed.groups())):
        return None
    row = Certificate.objects.issued().filter(number=printed[0]).first()
    known = fold_name(row.holder_name) if row else ""
    matches = hmac.compare_digest(known.encode(), name.encode())
    return row if row and matches else None


def matches_last_four(row: Certificate, digits: str) -> bool:
    """Whether these are the last four characters of the holder's document number."""
    given = _squeezed(digits).upper()
    return len(given) == 4 and hmac.compare_digest(
        row.person.id_number[-4:].encode(), given.encode()
    )


def _squeezed(text):
    return "".join(unicodedata.normalize("NFKC", text[:200]).split())


def _says_the_same(row, claims):
    """Whether a token only spells the signature of ours another way.

    Anybody can turn one ES256 signature into a second that verifies; that needs no
    key and is no forgery.
    """
    try:
        return row is not None and signing.read(row.token) == claims
    except TokenRefused:
        return False


def _alarm(serial):
    logger.error("forgery alarm: signed token with unknown serial %s", serial)
    if cache.add(f"certificates.forgery.{serial}", True, 24 * 3600):
        reason = "A rightly signed token is not in the register."
        record("certificate.forgery", reason=reason, data={"serial": serial})
