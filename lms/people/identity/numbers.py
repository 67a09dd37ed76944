"""How personal numbers are checked, sealed, looked up and shown.

A document number, phone or T-number is kept three ways: sealed (AES-256-GCM),
as a blind index (HMAC-SHA256, for exact look-up) and masked (for the screen).
The number itself appears in no URL, log, file name, cache key or QR code
(R3.5, R4.8).
"""

import base64
import datetime as dt
import os
import re
import unicodedata
from calendar import isleap
from collections.abc import Callable
from functools import cache, lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from stdnum import numdb
from stdnum.cn import ric

from lms.sheets.cells import UNSHOWN, half_width

VERSION = b"\x01"

PHONE = re.compile(r"1[3-9][0-9]{9}")

COMPOUND_SURNAMES = frozenset(
    (
        "欧阳",
        "司徒",
        "上官",
        "诸葛",
        "司马",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "夏侯",
        "钟离",
        "宇文",
        "长孙",
        "端木",
        "独孤",
        "南宫",
        "万俟",
        "闻人",
        "淳于",
        "单于",
        "太史",
        "申屠",
        "轩辕",
        "百里",
        "呼延",
        "西门",
    )
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


@cache
def _indexer() -> HMAC:
    """An HMAC that has taken the key in, to be copied for each value."""
    return HMAC(base64.b64decode(settings.PII_INDEX_KEY), hashes.SHA256())


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
    indexer = _indexer().copy()
    indexer.update(f"{kind}\x1f{value}".encode())
    return base64.urlsafe_b64encode(indexer.finalize()).decode().rstrip("=")


def person_key(id_type: str, number: str) -> str:
    """Return the identity key of a person: HMAC of document type and number."""
    return blind_index(f"id:{id_type}", number)


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
    if PHONE.fullmatch(text):
        return text
    digits = re.sub(r"[\s\-()]", "", half_width(text))
    digits = re.sub(r"^(\+?86|0086)(?=1\d{10}$)", "", digits)
    if not PHONE.fullmatch(digits):
        raise IdentityError("bad_phone", _("This is not a mobile number."))
    return digits


RESIDENT_18 = re.compile(r"[0-9]{17}[0-9X]")
RESIDENT_15 = re.compile(r"[0-9]{15}")
OTHER_DOCUMENT = re.compile(r"[A-Z0-9()]{5,20}")


# Nobody younger may be employed; nobody older is on a roster.
YOUNGEST, OLDEST = 16, 110


@cache
def knows_division(prefix: str) -> bool:
    """Whether the first six digits are a division the tables know.

    Abolished codes live on in the numbers of older people: warn, never refuse.
    """
    found = numdb.get("cn/loc").info(prefix)
    return any("county" in facts for _part, facts in found)


def id_check_digit(seventeen: str) -> str:
    """Return the check digit of the first 17 digits (GB 11643, R3.6)."""
    return ric.calc_check_digit(f"{seventeen}0")


def eighteen_digits(number: str) -> str:
    """Return an old number of 15 digits with its 18; any other text as it is."""
    if not RESIDENT_15.fullmatch(number):
        return number
    number = f"{number[:6]}19{number[6:]}"
    return number + id_check_digit(number)


def normalise_id(id_type: str, text: str, *, today: dt.date) -> str:
    """Return the number as it is kept: half-width, upper case, 18 digits.

    Raises ``IdentityError`` with ``bad_length``, ``bad_birth_date``, ``bad_age`` or
    ``bad_check_digit``. An unknown division is no error. ``ric.validate`` is not used:
    it refuses divisions that had no code at the date of birth, as many real numbers
    show, and fails on the unassigned one of demo identities.
    """
    number = text if text.isascii() and " " not in text else half_width(text)
    number = number.upper()
    if id_type != IdType.RESIDENT:
        if not OTHER_DOCUMENT.fullmatch(number):
            raise IdentityError("bad_number", _("This is not a document number."))
        return number
    number = eighteen_digits(number)
    if not RESIDENT_18.fullmatch(number):
        raise IdentityError("bad_length", _("An ID number has 18 characters."))
    age = _age_on(today, number[6:14])
    if age is None:
        raise IdentityError(
            "bad_birth_date", _("The ID number holds an impossible date of birth.")
        )
    if not YOUNGEST <= age <= OLDEST:
        raise IdentityError(
            "bad_age", _("The age that follows from the number cannot be right.")
        )
    if ric.calc_check_digit(number) != number[17]:
        raise IdentityError(
            "bad_check_digit", _("The ID number is wrong: its check digit differs.")
        )
    return number


@lru_cache(366 * OLDEST)
def _age_on(today: dt.date, digits: str) -> int | None:
    """Return the full years since a day in eight digits, or None for no such day.

    29 February counts as the 28th in other years.
    """
    try:
        born = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    if born.year < 1900 or born > today:
        return None
    birthday = (born.month, born.day)
    if birthday == (2, 29) and not isleap(today.year):
        birthday = (2, 28)
    return today.year - born.year - ((today.month, today.day) < birthday)


LONGEST_NAME = 60
# A name as nearly all are: nothing about it has to be made good or judged.
PLAIN_NAME = re.compile(rf"[\u4e00-\u9fa5]{{1,{LONGEST_NAME}}}")
WIDE = "[\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
BESIDE_WIDE = re.compile(rf"(?<={WIDE}) | (?={WIDE})")
EMOJI_STYLE = re.compile("[\u20d0-\u20ff\ufe00-\ufe0f]")
# The dot between the parts of a minority or foreign name, as input methods write it.
DOTS = "·.•・‧∙⋅．･"
ANY_DOT = re.compile(f"[{re.escape(DOTS)}]")
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

# Each returns the characters of a name that it cannot print.
NAME_PRINTERS: list[Callable[[str], list[str]]] = []


def normalise_name(text: str) -> str:
    """Return a name as it is kept: 王 芳 without the space, José García with one."""
    words = " ".join(unicodedata.normalize("NFC", text).split())
    return BESIDE_WIDE.sub("", words)


def fold_name(name: str) -> str:
    """Return a name for comparing only: any dot, width, case and space is alike.

    張 is not 张. What is stored and printed is the name as given.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return ANY_DOT.sub("·", "".join(text.split()))


def same_name(one: str, other: str) -> bool:
    """Whether two texts are one name, however it was typed."""
    return one == other or fold_name(one) == fold_name(other)


def spellings(name: str) -> set[str]:
    """Return the ways a name may stand on record, for a query without case."""
    plain = half_width(name)
    spelled = {name, plain, plain.translate(FULL_WIDTH)}
    if ANY_DOT.search(name):
        spelled |= {ANY_DOT.sub(dot, one) for dot in DOTS for one in (name, plain)}
    return spelled


def unprintable(name: str) -> list[str]:
    """Return the characters of a name that no certificate can show.

    What prints names adds itself to ``NAME_PRINTERS``.
    """
    if name.isascii():
        return []
    missing = {sign for printer in NAME_PRINTERS for sign in printer(name)}
    return sorted(missing) if missing else []


def checked_name(text: str) -> str:
    """Return a person's name as it is kept.

    Raises ``IdentityError`` with ``too_long`` or ``bad_name``: letters, marks, the
    dot of minority names and the like make a name, nothing unseen or drawn.
    """
    if PLAIN_NAME.fullmatch(text):
        return text
    name = normalise_name(text)
    if len(name) > LONGEST_NAME:
        raise IdentityError("too_long", _("The text is too long."))
    if not name_is_possible(name):
        raise IdentityError("bad_name", _("This cannot be a name."))
    return name


def name_is_possible(name: str) -> bool:
    """Whether a name is letters, marks, the dot of minority names and the like."""
    if UNSHOWN.search(name) or EMOJI_STYLE.search(name):
        return False
    return any(map(str.isalpha, name)) and all(
        sign in DOTS + "'- " or unicodedata.category(sign)[0] in "LMN" for sign in name
    )
