"""What phone and server must spell alike: digests, option tokens (S1.4).

Digests are compared with the phone's and must recompute for ever, so nothing here
may change without a new version of the documents that carry them.
"""

import binascii
import datetime as dt
import hashlib
import random
from collections.abc import Mapping
from functools import lru_cache

from lms.evidence.canonical_json import canonical_json, sha256_hex

# A token is 12 bytes of an HMAC: 96 bits, 16 characters.
TOKEN_BYTES = 12
BLOCK_BYTES = 64  # of SHA-256
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def answers_digest(answers: Mapping[str, object]) -> str:
    """Return the digest of current answers; cleared slots are not in it."""
    return sha256_hex(
        canonical_json(
            {slot: value for slot, value in answers.items() if value is not None}
        )
    )


def option_token(secret: str, option: str) -> str:
    """Return the opaque name an option has in one attempt, and in no other."""
    inner, outer = (state.copy() for state in _keyed(secret))
    inner.update(option.encode())
    outer.update(inner.digest())
    digest = outer.digest()[:TOKEN_BYTES]
    return binascii.b2a_base64(digest, newline=False).translate(_URL_SAFE).decode()


@lru_cache(maxsize=1024)
def _keyed(secret: str) -> tuple:
    """Return the two SHA-256 states by which an HMAC with this key begins.

    Two hundred tokens of one attempt are asked for at once.
    """
    key = secret.encode()
    if len(key) > BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    key = key.ljust(BLOCK_BYTES, b"\0")
    return tuple(hashlib.sha256(bytes(b ^ pad for b in key)) for pad in (0x36, 0x5C))


def shuffled(options: list, *, seed: str, slot: str) -> list:
    """Return the options of a slot in the order of one attempt's stored seed."""
    order = list(options)
    random.Random(f"{seed}:{slot}").shuffle(order)  # noqa: S311 - repeatable, no secret
    return order


def iso(moment: dt.datetime) -> str:
    """Return an aware moment as phones and receipts read it: UTC, milliseconds, Z."""
    text = moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    return f"{text[:-6]}Z"
