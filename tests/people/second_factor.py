"""Second factors made without the private modules of allauth."""

import base64
import hashlib
import hmac
import secrets
import struct

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator


def totp(user) -> str:
    """Give an account an authenticator app; return its secret."""
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    Authenticator.objects.create(
        user=user, type="totp", data={"secret": get_adapter().encrypt(secret)}
    )
    return secret


def code_at(secret: str, step: int) -> str:
    """Return the six digits an app shows in a step of 30 seconds (RFC 6238)."""
    digest = hmac.new(
        base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1
    ).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def recovery_codes(user) -> Authenticator:
    """Give an account recovery codes."""
    seed = get_adapter().encrypt(secrets.token_hex(20))
    return Authenticator.objects.create(
        user=user, type="recovery_codes", data={"seed": seed, "used_mask": 0}
    )
