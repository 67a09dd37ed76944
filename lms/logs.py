import logging
import re

PERSONAL = re.compile(r"(?<!\d)T?(?:\d{17}[\dXx]|\d{15}|1[3-9]\d{9})(?!\d)")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def mask_text(text: str) -> str:
    """A text without anything that looks like a document number or phone."""
    return PERSONAL.sub("***", text)


class MaskPersonalNumbers(logging.Filter):
    """The last wall: what looks like an ID, T-number or phone is starred out.

    Nothing of ours logs one; a visitor may still type one into an address.
    Control characters go too, so that nobody writes lines of his own.
    """

    def filter(self, record):
        text = record.getMessage()
        clean = CONTROL.sub("?", mask_text(text))
        if clean != text:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            # What an error says may quote the row it failed on.
            trace = logging.Formatter().formatException(record.exc_info)
            record.exc_text = mask_text(trace)
        return True
