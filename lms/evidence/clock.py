"""The clock of the database, so that all nodes decide alike (S1.3)."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db import connection

from lms.access.prepared_cursor import prepared_cursor

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """Return the database's present moment, timezone-aware, in UTC."""
    with prepared_cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")
            text = cursor.fetchone()[0]
            return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def today() -> dt.date:
    """Return today's date in Asia/Shanghai, by the database's clock."""
    return now().astimezone(SHANGHAI).date()


def day_of(moment: dt.datetime) -> dt.date:
    """Return the Asia/Shanghai date of an aware moment."""
    return moment.astimezone(SHANGHAI).date()


def seconds_left_of_day(moment: dt.datetime) -> int:
    """Return how many seconds the Asia/Shanghai day of a moment still has."""
    local = moment.astimezone(SHANGHAI)
    return 24 * 3600 - (local.hour * 60 + local.minute) * 60 - local.second
