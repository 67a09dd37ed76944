"""Statements of a running exam that are written by hand and run through one cursor."""

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


def prepared_cursor():
    """Return a cursor whose statements are parsed once for a connection.

    On PostgreSQL Django's usual cursor writes the values into the text, which is then
    parsed each time. This is its other cursor, whose statements psycopg prepares once
    they have run ``prepare_threshold`` times. Each run is planned for itself: see
    ``plan_cache_mode`` in the settings.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    # Imported here: where SQLite serves, psycopg is not installed.
    from django.db.backends.postgresql.base import ServerBindingCursor

    connection.ensure_connection()
    return connection._prepare_cursor(ServerBindingCursor(connection.connection))


def moment(value: dt.datetime):
    """Return a moment as the database compares it: on SQLite text with six decimals."""
    if connection.vendor == "sqlite":
        return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def aware(text: str) -> dt.datetime:
    """Read a moment both engines write in UTC, one of them without saying so."""
    value = dt.datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
