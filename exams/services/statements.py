"""Statements of a running exam that are written by hand and run through one cursor."""

import datetime as dt
from weakref import WeakKeyDictionary

from django.db import connection

from exams.models import AnswerEntry, Attempt

# The database's clock, as text that compares with what Django stores.
CLOCK = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now')",
    "postgresql": "clock_timestamp()",
}


# The tables whose growth a kept plan must not miss, and when they count as large.
TABLES = (Attempt._meta.db_table, AnswerEntry._meta.db_table)
MANY = 1_000
FEWEST_ROWS = """
SELECT min(reltuples) FROM pg_class WHERE oid = ANY (CAST(%s AS regclass[]))
"""
ASK_EVERY = 500
# By connection of the server: how often it was used; None once it keeps its plans.
_USES = WeakKeyDictionary()


def short(sql: str) -> str:
    """Return a statement without its layout: Django scans every character of it."""
    return " ".join(sql.split())


def prepared_cursor():
    """Return a cursor whose statements are parsed once for a connection.

    On PostgreSQL Django's usual cursor writes the values into the text, which is then
    parsed each time. This is its other cursor, whose statements psycopg prepares once
    they have run ``prepare_threshold`` times. Their plans are kept where that is safe.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    # Imported here: where SQLite serves, psycopg is not installed.
    from django.db.backends.postgresql.base import ServerBindingCursor

    connection.ensure_connection()
    _keep_plans(connection.connection)
    return connection._prepare_cursor(ServerBindingCursor(connection.connection))


def _keep_plans(server) -> None:
    """Let a connection keep its plans, once the tables are known to be large.

    Planning each run anew is a quarter of what a save costs. But a plan that was made
    while a table was empty would read a full one whole, until it is next analysed: so
    the settings forbid to keep any (``plan_cache_mode``), and it is allowed here after
    the server has counted enough rows. Asked at the first use and then now and then.
    """
    uses = _USES.get(server, 0)
    if uses is None:
        return
    _USES[server] = uses + 1
    if uses % ASK_EVERY:
        return
    [rows] = server.execute(FEWEST_ROWS, [list(TABLES)]).fetchone()
    if rows >= MANY:
        server.execute("SET plan_cache_mode = auto")
        _USES[server] = None


def moment(value: dt.datetime):
    """Return a moment as the database compares it: on SQLite text with six decimals."""
    if connection.vendor == "sqlite":
        return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def aware(text: str) -> dt.datetime:
    """Read a moment both engines write in UTC, one of them without saying so."""
    value = dt.datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
