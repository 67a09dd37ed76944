"""How the words of a question are made safe: plain text, by the rules below."""

import re
import unicodedata

DROPPED = re.compile(r"<(script|style)\b.*?(</\1\s*>|\Z)", re.I | re.S)
TAG = re.compile(r"<(?:[a-z/!?][^<>]*(?:>|\Z))", re.I)
CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
EMPTY_BRACKETS = re.compile(r"([（(])[^\S\n]+([）)])")
BLANK = re.compile(r"_{3,}")


def plain_text(text: str) -> str:
    """Return text without markup, control, zero-width or direction characters.

    Comparison signs survive (``O2 < 19.5%``). Taking a tag away can leave
    another, so it is repeated until nothing changes. Screens escape what is left.
    Brackets left empty for the answer stay on one line: ``（ ）`` has hard spaces.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    text = CONTROL.sub("", text)
    while (cleaned := TAG.sub("", DROPPED.sub("", text))) != text:
        text = cleaned
    text = EMPTY_BRACKETS.sub("\\1\u00a0\u00a0\\2", text)
    return text.strip().strip("\u3000")


def count_blanks(stem: str) -> int:
    """Count the blanks of a fill-in stem: runs of three or more underscores."""
    return len(BLANK.findall(stem))


def normalise_answer(text: str) -> str:
    """Return the form in which fill-in answers are compared.

    Full-width letters, digits and signs become half-width (``：`` is ``:``), the
    ratio sign is a colon, letters lose their case, spaces and a closing full stop go.
    """
    text = unicodedata.normalize("NFKC", text).replace("∶", ":").casefold()
    return re.sub(r"\s+", "", text).rstrip("。.")
