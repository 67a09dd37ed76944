"""What a cell may hold: one documented set for each kind of column.

The rest is a ``CellError``, an error of its row; it never repeats the cell, which may
hold a document number.
"""

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from lms.evidence.dates import FIRST_PAST_DAY, LAST_DAY

MAX_TEXT = 500

YES = frozenset(("是", "有", "y", "yes", "true", "1", "√"))
NO = frozenset(
    ("否", "无", "没有", "不接触", "不涉及", "n", "no", "none", "false", "0")
)
# How a form says that something does not apply.
NO |= {"×", "/", "-", "–", "—", "——"}
DATE = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))"
    # The time of day that a cell may hold beside its date.
    r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?"
)
# What a spreadsheet shows in a cell that it could not calculate or fill.
ERROR = re.compile(r"#N/A|#[A-Z0-9/_]{2,20}[!?]|#GETTING_DATA|Err:\d{3}", re.I)
EXPONENT = re.compile(r"\d(\.\d+)?E\+?\d+")
# Controls, direction marks, zero-width, blank and private characters, surrogates.
UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\uffa0"
    "\ufeff\ufff9-\uffff\ue000-\uf8ff\ud800-\udfff\U000e0000-\U0010ffff]"
)


class CellError(ValueError):
    """One cell is not what its column takes."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def half_width(text: str) -> str:
    """Return text with full-width signs made half-width, trimmed."""
    return unicodedata.normalize("NFKC", text).strip()


def text_of(cell) -> str | None:
    """A cell as text: trimmed, NFC; control and direction marks are refused."""
    if isinstance(cell, str):
        return _clean(cell)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return _clean(str(cell))


def _clean(text: str) -> str | None:
    if text.isascii() and text.isalnum() and len(text) <= MAX_TEXT:
        return text  # a code or number, as most are: there is nothing to clean
    text = text.strip(" \t\r\n\u3000\xa0\ufeff")
    if len(text) > MAX_TEXT:
        raise CellError("too_long", _("The text is too long."))
    if ERROR.fullmatch(text):
        message = _(
            "The spreadsheet shows an error in this cell, or has not calculated its "
            "formula. Type the value itself."
        )
        raise CellError("error_cell", message)
    if UNSHOWN.search(text):
        message = _("The text holds a character that cannot be shown.")
        raise CellError("bad_character", message)
    return unicodedata.normalize("NFC", text) or None


def number_text_of(cell) -> str | None:
    """A document number, code or phone: half-width, upper case, no spaces.

    A number of 16 or more digits typed as a number has lost its last digits.
    """
    if type(cell) is str and cell.isdigit() and cell.isascii() and len(cell) < MAX_TEXT:
        return cell  # as most are: there is nothing to clean
    if isinstance(cell, int | float):
        # "not <" and never ">=": a stored NaN is no number either.
        if isinstance(cell, bool) or not abs(cell) < 1e15 or cell != int(cell):
            raise _digits_lost()
        return str(int(cell))
    text = text_of(cell)
    if text is None:
        return None
    if not text.isalnum() or not text.isascii():
        text = re.sub(r"\s+", "", half_width(text))
    text = text.upper()
    if EXPONENT.fullmatch(text):
        raise _digits_lost()
    return text.lstrip("'") or None


def _digits_lost():
    return CellError(
        "digits_lost",
        _("The number was typed as a number and lost digits. Format it as text."),
    )


def date_of(cell) -> dt.date | None:
    """An Excel date, or 2016-05-03, 2016/5/3, 2016.5.3, 2016年5月3日, 20160503.

    The time of day beside it is left out.
    """
    if isinstance(cell, dt.datetime):
        return _in_range(cell.date())
    if isinstance(cell, dt.date):
        return _in_range(cell)
    if isinstance(cell, bool | dt.time | dt.timedelta):
        raise _bad_date()
    if isinstance(cell, int | float):
        # 20160503 typed as a number; no other number is a date.
        cell = str(int(cell)) if 19_000_101 <= cell <= 21_001_231 else "?"
    text = text_of(cell)
    return None if text is None else _day(text)


def _day(text: str) -> dt.date:
    match = DATE.fullmatch(half_width(text))
    if match is None:
        raise _bad_date()
    try:
        day = dt.date(*map(int, filter(None, match.groups())))
    except ValueError as error:
        raise _bad_date() from error
    return _in_range(day)


def _in_range(day: dt.date) -> dt.date:
    # 9999-12-31 is no end date; an empty cell means no end.
    if not FIRST_PAST_DAY <= day <= LAST_DAY:
        raise _bad_date()
    return day


def _bad_date():
    return CellError("bad_date", _("This is not a date. Write it like 2016-05-03."))


def yes_no_of(cell) -> bool | None:
    """是 or 否, and their usual spellings; None where the cell is empty."""
    if isinstance(cell, bool):
        return cell
    text = text_of(cell)
    if text is None:
        return None
    word = half_width(text).lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError("bad_yes_no", _("Write 是 or 否."))


def yes_no_list_of(cell) -> bool | str | None:
    """是 or 否, or instead of 是 the ``;`` list of what there is.

    A lone sign or a yes/no word among others is no list: it may have meant 否.
    """
    try:
        return yes_no_of(cell)
    except CellError as error:
        if error.code != "bad_yes_no":
            raise
    text = text_of(cell)
    parts = [half_width(part).lower() for part in re.split("[;；]", text)]
    if not any(parts) or not all(map(_names_something, filter(None, parts))):
        message = _("Write 是, 否 or what there is, separated by ;.")
        raise CellError("bad_yes_no", message)
    return text


def _names_something(word: str) -> bool:
    is_letter = len(word) == 1 and word.isascii()
    return word not in YES | NO and not is_letter and any(map(str.isalpha, word))


def decimal_of(cell) -> Decimal | None:
    """A number of at most two decimals, zero or more."""
    if isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
        raise CellError("bad_number", _("This is not a number."))
    text = text_of(cell)
    if text is None:
        return None
    try:
        number = Decimal(half_width(text).replace(",", ""))
    except InvalidOperation as error:
        raise CellError("bad_number", _("This is not a number.")) from error
    if not number.is_finite() or number < 0 or number >= 1_000_000:
        raise CellError("bad_number", _("This is not a number."))
    if number != number.quantize(Decimal("0.01")):
        raise CellError("bad_number", _("At most two decimals."))
    return number


def integer_of(cell) -> int | None:
    """A whole number, zero or more."""
    number = decimal_of(cell)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise CellError("bad_number", _("This is not a whole number."))
    return int(number)


KINDS = {
    "text": text_of,
    "number_text": number_text_of,
    "date": date_of,
    "yes_no": yes_no_of,
    "yes_no_list": yes_no_list_of,
    "decimal": decimal_of,
    "integer": integer_of,
}
