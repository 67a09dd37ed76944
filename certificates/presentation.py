"""How states are said to people: sentences, tones, words for dates."""

import datetime as dt

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import ReasonClass
from .status import Status
from .verification import Outcome

TONES = {
    Outcome.VALID: "ok",
    Outcome.EXPIRED: "warn",
    Outcome.REPLACED: "warn",
    Outcome.NOT_YET_VALID: "info",
}

# What every certificate wears on which the rule sets differ (domain 0.2).
DISPUTED = gettext_lazy("Judged by the 2026 rules, official text to be checked")


def sentence(answer) -> str:
    """Return the one plain sentence of a state (protocols 2.4)."""
    date = answer.ended_on and in_words(answer.ended_on)
    row = answer.row
    match answer.status:
        case Status.VALID:
            return _("This certificate is real and valid today.")
        case Status.RENEWAL_WINDOW:
            return _(
                "This certificate is real and valid. It expires after %(day)s."
            ) % {"day": in_words(row.valid_to)}
        case Status.REVIEW_WINDOW:
            return _(
                "This certificate is real and valid. Its review is due by %(day)s."
            ) % {"day": in_words(row.review_due_on)}
        case Status.EXPIRED:
            return _("This certificate is real, but it expired after %(day)s.") % {
                "day": date
            }
        case Status.REVIEW_OVERDUE:
            return _(
                "This certificate is real, but its review was due by %(day)s and is "
                "not recorded, so it does not count."
            ) % {"day": date}
        case Status.SUSPENDED:
            text = _("This certificate is suspended since %(day)s.")
        case Status.REVOKED:
            text = _("This certificate was revoked on %(day)s.")
        case Status.CANCELLED:
            text = _("This certificate was cancelled on %(day)s.")
        case Status.SUPERSEDED:
            return _("This certificate was replaced by a newer one on %(day)s.") % {
                "day": date
            }
        case Status.NOT_YET_VALID:
            return _("This certificate is real, but valid only from %(day)s.") % {
                "day": date
            }
    words = text % {"day": date}
    if answer.reason_class:
        words = _("%(sentence)s Reason: %(reason)s.") % {
            "sentence": words,
            "reason": ReasonClass(answer.reason_class).label,
        }
    return words


def in_words(day: dt.date) -> str:
    """Return a date as the reader's language writes it."""
    return formats.date_format(day, "DATE_FORMAT")


def subject_label(row) -> str:
    """Return what a certificate is about, in words."""
    if row.item:
        return str(row.item)
    return row.get_role_display() if row.role else row.subject
