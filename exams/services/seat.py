"""The seat token: who may write answers, checked without a database row.

``person.epoch.signature``, where the signature is an HMAC over attempt, person,
epoch and a hash of the session key. It is worthless with another attempt or in
another session, and the epoch in it is compared with the attempt's own inside the
statement that saves (S1.4).
"""

import base64
import hashlib
import hmac
from functools import cache
from typing import NamedTuple

from django.conf import settings


class Seat(NamedTuple):
    """What a valid token says."""

    person_id: int
    epoch: int


@cache
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"exams.seat", "sha256")


def _sign(text: str) -> str:
    digest = hmac.digest(_key(settings.SECRET_KEY), text.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def session_hash(session_key: str | None) -> str:
    """Return the hash of a session key that is stored for comparison."""
    return hashlib.sha256(f"seat:{session_key or ''}".encode()).hexdigest()


def issue_token(attempt: str, *, person_id: int, epoch: int, session: str) -> str:
    """Return the token of a seat; ``session`` is a ``session_hash``."""
    signature = _sign(f"{attempt}|{person_id}|{epoch}|{session}")
    return f"{person_id}.{epoch}.{signature}"


def read_token(token: str, *, attempt: str, session: str) -> Seat | None:
    """Return the seat a token names, or None if it is not ours or not for here."""
    person, dot, rest = token.partition(".")
    epoch, dot, signature = rest.partition(".")
    if not (dot and person.isascii() and person.isdigit() and epoch.isdigit()):
        return None
    wanted = _sign(f"{attempt}|{person}|{epoch}|{session}")
    if not hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace")):
        return None
    return Seat(int(person), int(epoch))
