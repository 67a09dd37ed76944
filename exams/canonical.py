"""One text for one meaning: canonical JSON, digests, option tokens (protocols 1.4).

Digests are compared with the phone's and must recompute for ever, so nothing here
may change without a new version of the documents that carry them.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import random
from collections.abc import Mapping

# A token is 12 bytes of an HMAC: 96 bits, 16 characters.
TOKEN_BYTES = 12


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def canonical(value) -> str:
    """Return the one JSON text of a value: keys sorted, no spaces, not escaped."""
    return _ENCODER.encode(value)


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def answers_digest(answers: Mapping[str, object]) -> str:
    """Return the digest of current answers; cleared slots are not in it."""
    return sha256_hex(
        canonical({slot: value for slot, value in answers.items() if value is not None})
    )


def option_token(secret: str, option: str) -> str:
    """Return the opaque name an option has in one attempt, and in no other."""
    digest = hmac.digest(secret.encode(), option.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()


def shuffled(options: list, *, seed: str, slot: str) -> list:
    """Return the options of a slot in the order of one attempt's stored seed."""
    order = list(options)
    random.Random(f"{seed}:{slot}").shuffle(order)  # noqa: S311 - repeatable, no secret
    return order


def iso(moment: dt.datetime) -> str:
    """Return an aware moment as phones and receipts read it: UTC, milliseconds, Z."""
    text = moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    return f"{text[:-6]}Z"
