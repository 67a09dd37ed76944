"""How personal numbers are checked, sealed, looked up and shown.

A document number, phone or T-number is kept three ways: sealed (AES-256-GCM),
as a blind index (HMAC-SHA256, for exact look-up) and masked (for the screen).
The number itself appears in no URL, log, file name, cache key or QR code
(domain 3.5, 4.8).
"""

import base64
import hashlib
import hmac
import os
import re
import unicodedata
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

VERSION = b"\x01"

PHONE = re.compile(r"1[3-9]\d{9}")

COMPOUND_SURNAMES = frozenset(
    "欧阳 司徒 上官 诸葛 司马 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯 钟离 宇文 长孙 端木 "
    "独孤 南宫 万俟 闻人 淳于 单于 太史 申屠 轩辕 百里 呼延 西门".split()
)


class IdType(models.TextChoices):
    RESIDENT = "RESIDENT", _("resident ID card")
    HK_MACAO = "HK_MACAO", _("Hong Kong and Macao travel permit")
    TAIWAN = "TAIWAN", _("Taiwan travel permit")
    FOREIGN = "FOREIGN", _("foreigner's permanent residence card")
    PASSPORT = "PASSPORT", _("passport")


class IdentityError(ValueError):
    """A number is not well formed. ``code`` is stable, ``str()`` fit for a person."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


@cache
def _cipher() -> AESGCM:
    return AESGCM(base64.b64decode(settings.PII_KEY))


def seal(value: str, *, context: str) -> bytes:
    """Encrypt a personal value; ``context`` (``model.field``) is authenticated."""
    nonce = os.urandom(12)
    data = _cipher().encrypt(nonce, value.encode(), VERSION + context.encode())
    return VERSION + nonce + data


def unseal(blob: bytes, *, context: str) -> str:
    """Decrypt what ``seal`` made for the same context; raises InvalidTag otherwise."""
    blob = bytes(blob)
    data = _cipher().decrypt(blob[1:13], blob[13:], blob[:1] + context.encode())
    return data.decode()


def blind_index(kind: str, value: str) -> str:
    """Return the look-up key of a normalised personal value (43 characters)."""
    key = base64.b64decode(settings.PII_INDEX_KEY)
    digest = hmac.digest(key, f"{kind}\x1f{value}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def person_key(id_type: str, number: str) -> str:
    """Return the identity key of a person: HMAC of document type and number."""
    return blind_index(f"id:{id_type}", number)


def half_width(text: str) -> str:
    """Return text with full-width letters and digits made half-width, trimmed."""
    return unicodedata.normalize("NFKC", text).strip().strip("\u3000")


def mask_name(name: str) -> str:
    """Mask a name for the public: the surname and one star per hidden character."""
    keep = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[:keep] + "*" * max(1, len(name) - keep)


def mask_number(number: str) -> str:
    """Mask a document number for staff: the first six and the last four stay."""
    if len(number) < 12:
        return number[:1] + "*" * max(0, len(number) - 3) + number[-2:]
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def mask_phone(phone: str) -> str:
    """Mask a mobile number for staff: ``138****5678``."""
    return f"{phone[:3]}****{phone[-4:]}"


def normalise_phone(text: str) -> str:
    """Return the eleven digits of a mainland mobile number.

    Raises ``IdentityError`` with code ``bad_phone``.
    """
    digits = re.sub(r"[\s\-()]", "", half_width(text))
    digits = re.sub(r"^(\+?86|0086)(?=1\d{10}$)", "", digits)
    if not PHONE.fullmatch(digits):
        raise IdentityError("bad_phone", _("This is not a mobile number."))
    return digits
