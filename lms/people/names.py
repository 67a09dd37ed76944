"""Names and document numbers as they arrive, checked and brought to one form.

``str()`` of a refusal says what to mend and never repeats the number.
"""

import datetime as dt
import re
import unicodedata
from functools import cache

from django.utils.translation import gettext_lazy as _
from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from .identity import IdentityError, IdType

YOUNGEST, OLDEST = 16, 110
LONGEST_NAME = 60

RESIDENT = re.compile(r"\d{17}[\dX]")
OLD_RESIDENT = re.compile(r"\d{15}")
OTHER_DOCUMENTS = {
    IdType.HK_MACAO: re.compile(r"[HM]\d{8}(\d{2})?"),
    IdType.TAIWAN: re.compile(r"\d{8}|\d{10}[A-Z]?"),
    IdType.FOREIGN: re.compile(r"[A-Z]{3}\d{12}|9\d{17}"),
    IdType.PASSPORT: re.compile(r"[A-Z0-9]{5,20}"),
}
ID_TYPE_WORDS = {
    "居民身份证": IdType.RESIDENT,
    "身份证": IdType.RESIDENT,
    "二代身份证": IdType.RESIDENT,
    "港澳居民来往内地通行证": IdType.HK_MACAO,
    "回乡证": IdType.HK_MACAO,
    "台湾居民来往大陆通行证": IdType.TAIWAN,
    "台胞证": IdType.TAIWAN,
    "外国人永久居留身份证": IdType.FOREIGN,
    "外国人永久居留证": IdType.FOREIGN,
    "护照": IdType.PASSPORT,
}
TEMPORARY_CODE = re.compile(r"TEMP-[A-Z0-9\-]{1,34}")
CODE = re.compile(r"[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}")
DOTS = str.maketrans(dict.fromkeys("•‧∙・．.・⋅", "·"))


def id_type_of(text: str | None) -> str:
    """Return the document type a word means; empty means the resident card.

    Raises ``IdentityError`` with code ``unknown_id_type``.
    """
    if not text:
        return IdType.RESIDENT
    word = unicodedata.normalize("NFKC", text).strip()
    if word.upper() in IdType.values:
        return IdType(word.upper())
    if word in ID_TYPE_WORDS:
        return ID_TYPE_WORDS[word]
    raise IdentityError("unknown_id_type", _("This kind of document is not known."))


def normalise_id(id_type: str, text: str, *, today: dt.date) -> str:
    """Return a document number in its one form (domain 3.6).

    A resident number of 15 digits gets its century and check digit. Raises
    ``IdentityError``: ``bad_length``, ``bad_format``, ``bad_date``, ``bad_age`` or
    ``bad_check_digit``.
    """
    number = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if id_type != IdType.RESIDENT:
        if not OTHER_DOCUMENTS[id_type].fullmatch(number):
            raise IdentityError(
                "bad_format", _("The number does not fit this kind of document.")
            )
        return number
    if OLD_RESIDENT.fullmatch(number):
        number = f"{number[:6]}19{number[6:]}0"
        number = number[:-1] + ric.calc_check_digit(number)
    elif len(number) != 18:
        raise IdentityError("bad_length", _("An ID number has 18 characters."))
    if not RESIDENT.fullmatch(number):
        raise IdentityError(
            "bad_format", _("An ID number is 17 digits and a digit or X.")
        )
    _check_birth(number, today)
    if number[-1] != ric.calc_check_digit(number):
        raise IdentityError(
            "bad_check_digit",
            _("The last character does not fit the others: a digit is mistyped."),
        )
    return number


def _check_birth(number, today):
    try:
        born = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise IdentityError(
            "bad_date", _("The date of birth in the number does not exist.")
        ) from error
    if born > today:
        raise IdentityError(
            "bad_date", _("The date of birth in the number is in the future.")
        )
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not YOUNGEST <= age <= OLDEST:
        raise IdentityError(
            "bad_age", _("The age that follows from the number cannot be right.")
        )


@cache
def knows_division(prefix: str) -> bool:
    """Whether the first six digits are a division the tables know.

    Abolished codes live on in the numbers of older people: warn, never refuse.
    """
    found = numdb.get("cn/loc").info(prefix)
    return any("county" in facts for _part, facts in found)


def normalise_uscc(text: str) -> tuple[str, bool]:
    """Return a unified social credit code and whether its check digit fits.

    A sole trader without one has ``TEMP-`` and the licence number. Old codes that
    fail the check exist (domain 3.7). Raises ``IdentityError`` with ``bad_uscc``.
    """
    code = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    if TEMPORARY_CODE.fullmatch(code):
        return code, True
    if not CODE.fullmatch(code):
        raise IdentityError(
            "bad_uscc",
            _("A credit code has 18 characters, without I, O, S, V and Z."),
        )
    try:
        uscc.validate(code)
    except ValidationError:
        return code, False
    return code, True


def normalise_name(text: str) -> str:
    """Return a person's name: NFC, one kind of dot, no spaces between hanzi.

    Raises ``IdentityError`` with code ``bad_name``.
    """
    name = unicodedata.normalize("NFC", text).translate(DOTS).strip()
    if name.isascii():
        name = re.sub(r"\s+", " ", name).replace("·", ".")
    else:
        name = re.sub(r"\s+", "", name)
    proper = len(name) <= LONGEST_NAME and all(
        unicodedata.category(character)[0] in "LMN" or character in "·.'- "
        for character in name
    )
    if not name or not proper:
        raise IdentityError("bad_name", _("This cannot be a name."))
    return name
