import logging
import re

# As written down: in groups, with the country's code, after or between escapes (%20).
GAP = r"(?:[ \-+\u3000]|%20)?"
PERSONAL = re.compile(
    rf"""(?:(?<!\d)|(?<=%[0-9A-Fa-f]{{2}}))(?:
        T?(?:\d{{17}}[\dXx]|\d{{15}})
        |[1-9](?:{GAP}\d){{5}}{GAP}(?:1{GAP}9|2{GAP}0)(?:{GAP}\d){{9}}{GAP}[\dXx]
        |\d{{6}}{GAP}\d{{6}}{GAP}\d{{3}}
        |(?:\+?86{GAP})?1[3-9]\d{GAP}\d{{4}}{GAP}\d{{4}}
    )(?!\d)""",
    re.VERBOSE,
)
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def mask_text(text: str) -> str:
    """Return a text with document numbers and phones masked."""
    return PERSONAL.sub("***", text)


class MaskPersonalNumbers(logging.Filter):
    """Mask in every log line what has the form of an ID, T-number or phone.

    Our code logs none, but a visitor may type one into an address. Control
    characters are removed, so that no visitor can write a log line.
    """

    def filter(self, record):
        text = record.getMessage()
        clean = CONTROL.sub("?", mask_text(text))
        if clean != text:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            # The message of an error may quote the row it failed on.
            trace = logging.Formatter().formatException(record.exc_info)
            record.exc_text = mask_text(trace)
        return True
