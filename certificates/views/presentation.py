"""How states are said to people: sentences, tones, words for dates."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certificates.models import ReasonClass
from certificates.models.status import Status
from certificates.verification.answers import Outcome

TONES = {
    Outcome.VALID: "ok",
    Outcome.EXPIRED: "warn",
    Outcome.REPLACED: "warn",
    Outcome.NOT_YET_VALID: "info",
}

# The badge of every certificate on which the rule sets differ (R0.2).
DISPUTED = gettext_lazy("Judged by the 2026 rules, official text to be checked")


def sentence(answer) -> str:
    """Return the one plain sentence of a state (S2.4)."""
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
    if row.is_withdrawn and row.replaced_on:
        words = _("%(sentence)s A newer one takes its place from %(day)s.") % {
            "sentence": words,
            "day": in_words(row.replaced_on),
        }
    return words


@dataclass(frozen=True, slots=True)
class Standing:
    """What the holder is told: the state, its date, and what to do, "" for nothing."""

    word: str
    tone: str
    when: str
    to_do: str


HOLDER_TONES = {
    Status.VALID: "ok",
    Status.REVIEW_WINDOW: "warn",
    Status.RENEWAL_WINDOW: "warn",
    Status.NOT_YET_VALID: "info",
    Status.SUPERSEDED: "info",
}


def standing_of(answer) -> Standing:
    """Return state, date and what to do of a certificate, for its holder."""
    return Standing(
        word=str(Status(answer.status).label),
        tone=HOLDER_TONES.get(answer.status, "bad"),
        when=_when(answer),
        to_do=_to_do(answer),
    )


def waiting_for_holder(answers: Iterable) -> list:
    """Return the answers that ask the holder for something, the gravest first.

    One that has lapsed asks for nothing where another of its kind and subject counts.
    """
    answers = list(answers)
    held = {_matter(one) for one in answers if one.outcome == Outcome.VALID}
    waiting = [
        one
        for one in answers
        if _to_do(one) and (one.outcome == Outcome.VALID or _matter(one) not in held)
    ]
    return sorted(waiting, key=lambda one: one.outcome == Outcome.VALID)


def _matter(answer):
    row = answer.row
    return row.kind_id, row.subject


def _when(answer) -> str:
    row, day = answer.row, answer.day
    match answer.status:
        case Status.VALID | Status.RENEWAL_WINDOW if row.valid_to is None:
            return _("without end")
        case Status.VALID:
            return _("valid to %(day)s") % {"day": in_words(row.valid_to)}
        case Status.RENEWAL_WINDOW:
            return _until(row.valid_to, day, _("valid to %(day)s"))
        case Status.REVIEW_WINDOW:
            return _until(row.review_due_on, day, _("review due by %(day)s"))
        case Status.EXPIRED:
            text = _("expired after %(day)s")
        case Status.REVIEW_OVERDUE:
            text = _("review was due by %(day)s")
        case Status.NOT_YET_VALID:
            text = _("valid from %(day)s")
        case Status.SUSPENDED:
            text = _("suspended since %(day)s")
        case _ended:
            text = _("no longer counts since %(day)s")
    return text % {"day": in_words(answer.ended_on)}


def _until(last, day, text):
    left = (last - day).days
    days = ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
    return f"{text % {'day': in_words(last)}} · {days}"


def _to_do(answer) -> str:
    issued = answer.row.is_issued
    match answer.status:
        case Status.REVIEW_WINDOW:
            return _(
                "Ask your safety manager or the training base for a place in the "
                "review class, before the day."
            )
        case Status.REVIEW_OVERDUE:
            return _(
                "It does not count until the review is passed. Ask your safety manager "
                "or the training base for a place in the review class."
            )
        case Status.RENEWAL_WINDOW if issued:
            return _(
                "Ask your safety manager or the training base for a place in the next "
                "class, before the day."
            )
        case Status.RENEWAL_WINDOW:
            return _(
                "Ask your safety manager or the training base how to renew it, before "
                "the day."
            )
        case Status.EXPIRED if issued:
            return _(
                "It no longer counts. Ask your safety manager or the training base for "
                "a place in the next class."
            )
        case Status.EXPIRED:
            return _(
                "It no longer counts. Ask your safety manager or the training base how "
                "to get a new one."
            )
        case Status.SUSPENDED | Status.REVOKED | Status.CANCELLED:
            return _(
                "It does not count. If you think this is a mistake, ask the training "
                "base."
            )
    return ""


def in_words(day: dt.date) -> str:
    """Return a date as the reader's language writes it."""
    return formats.date_format(day, "DATE_FORMAT")


def subject_label(row) -> str:
    """Return what a certificate is about, in words."""
    if row.item:
        return str(row.item)
    return row.get_role_display() if row.role else row.subject
