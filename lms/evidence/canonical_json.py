"""Canonical JSON of a value, and the digest of a text.

Digests must recompute for ever, and the phone computes the same ones, so nothing
here may change without a new version of the documents that carry them.
``certificates.register.checker`` has a copy of its own, since it shares no code with
the writer.
"""

import hashlib
import json

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def canonical_json(value) -> str:
    """Return the one JSON text of a value: keys sorted, no spaces, not escaped."""
    return _ENCODER.encode(value)


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
