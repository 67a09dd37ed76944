"""Calendar rules of the plan's figures: whole days, both ends included."""

import datetime as dt

from dateutil.relativedelta import relativedelta


def six_months_before(day: dt.date) -> dt.date:
    """Return the earliest start of a post still in its first six months (TC-15)."""
    start = day - relativedelta(months=6)
    while start + relativedelta(months=6) < day:
        start += dt.timedelta(days=1)
    return start


def last_year(day: dt.date) -> dt.date:
    """Return the first day on which training keeps a person up to date (TC-09).

    This year's hours fall due on 31 December, so last year's training is enough on
    any day of this year, and so is this year's.
    """
    return dt.date(day.year - 1, 1, 1)
