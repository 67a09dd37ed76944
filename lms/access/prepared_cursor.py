"""A cursor for statements that run again and again with other values."""

from weakref import WeakKeyDictionary

from django.db import connection, models

MANY = 1_000
FEWEST_ROWS = """
SELECT min(coalesce(reltuples, 0))
  FROM unnest(CAST(%s AS text[])) AS named
  LEFT JOIN pg_class ON oid = to_regclass(named)
"""
ASK_EVERY = 500
# The tables that grow within minutes: a kept plan must not miss when they do.
_GROWING: list[type[models.Model]] = []
# By connection of the server: how often it was used; None once it keeps its plans.
_USES = WeakKeyDictionary()


def keep_plans_once_large(*growing: type[models.Model]) -> None:
    """Declare tables that must be large before a connection keeps its plans."""
    _GROWING.extend(growing)


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
    with connection.wrap_database_errors:
        _keep_plans(connection.connection)
    return connection._prepare_cursor(ServerBindingCursor(connection.connection))


def _keep_plans(server) -> None:
    """Let a connection keep its plans, once the growing tables are known to be large.

    Planning each run anew is a quarter of what a save costs, and most of what a query
    of a page costs. But a plan that was made while a table was empty would read a full
    one whole, until it is next analysed: so the settings forbid to keep any
    (``plan_cache_mode``), and it is allowed here after the server has counted enough
    rows. Asked at the first use and then now and then. Other tables than the declared
    ones grow slowly enough for the server, which counts once a minute.
    """
    uses = _USES.get(server, 0)
    if uses is None:
        return
    _USES[server] = uses + 1
    if uses % ASK_EVERY:
        return
    tables = [model._meta.db_table for model in _GROWING]
    [rows] = server.execute(FEWEST_ROWS, [tables]).fetchone()
    if rows is not None and rows >= MANY:
        server.execute("SET plan_cache_mode = auto")
        _USES[server] = None
