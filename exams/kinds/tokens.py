"""What phone and server must spell alike: digests, option tokens (S1.4).

Digests are compared with the phone's and must recompute for ever, so nothing here
may change without a new version of the documents that carry them.
"""

import base64
import datetime as dt
import random
from collections.abc import Mapping
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from lms.evidence.canonical_json import canonical_json, sha256_hex

# A token is 12 bytes of an HMAC: 96 bits, 16 characters.
TOKEN_BYTES = 12


def answers_digest(answers: Mapping[str, object]) -> str:
    """Return the digest of current answers; cleared slots are not in it."""
    return sha256_hex(
        canonical_json(
            {slot: value for slot, value in answers.items() if value is not None}
        )
    )


def option_token(secret: str, option: str) -> str:
    """Return the opaque name an option has in one attempt, and in no other."""
    keyed = _keyed(secret).copy()
    keyed.update(option.encode())
    return base64.urlsafe_b64encode(keyed.finalize()[:TOKEN_BYTES]).decode()


@lru_cache(maxsize=1024)
def _keyed(secret: str) -> HMAC:
    """Return a keyed HMAC to copy: an attempt asks for two hundred tokens."""
    return HMAC(secret.encode(), hashes.SHA256())


def shuffled(options: list, *, seed: str, slot: str) -> list:
    """Return the options of a slot in the order of one attempt's stored seed."""
    order = list(options)
    random.Random(f"{seed}:{slot}").shuffle(order)  # noqa: S311 - repeatable, no secret
    return order


def iso(moment: dt.datetime) -> str:
    """Return an aware moment as phones and receipts read it: UTC, milliseconds, Z."""
    text = moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    return f"{text[:-6]}Z"
