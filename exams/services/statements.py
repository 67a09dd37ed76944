"""What the statements of a running exam that are written by hand share."""

import datetime as dt

from django.db import connection

# The database's clock, as text that compares with what Django stores.
CLOCK = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now')",
    "postgresql": "clock_timestamp()",
}


def short(sql: str) -> str:
    """Return a statement without its layout: Django scans every character of it."""
    return " ".join(sql.split())


def moment(value: dt.datetime):
    """Return a moment as the database compares it: on SQLite text with six decimals."""
    if connection.vendor == "sqlite":
        return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def aware(text: str) -> dt.datetime:
    """Read a moment both engines write in UTC, one of them without saying so."""
    value = dt.datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
