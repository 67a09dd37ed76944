"""Writing many rows of one table in one statement.

The values of a row stand in the order of the named fields and are written as they are:
no default, no ``save()``, no signal. What the database itself demands of a row, its
constraints and triggers, holds as for any other.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from types import NoneType

from django.db import DatabaseError, connection, models

# Rows of one INSERT on SQLite, which pays for each statement what some rows cost: it
# opens every index, keeps a journal for what triggers do, and notes the last key.
TOGETHER = 100
# What both drivers take as it is; a member of an enumeration has a type of its own.
PLAIN = frozenset((str, int, bool, bytes, NoneType))


def reserve_keys(model: type[models.Model], count: int) -> list[int]:
    """Return primary keys for rows that are written later in this transaction."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s))"
                " FROM generate_series(1, %s)",
                [table, column, count],
            )
            return [key for (key,) in cursor]
        # Nobody else takes them: the transaction has the write lock from its start.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
        return list(range(last + 1, last + 1 + count))


def insert_rows(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence]
) -> None:
    """Insert rows: by COPY on PostgreSQL, many in one statement on SQLite.

    Raises ``IntegrityError`` where the database refuses one of them.
    """
    if not rows:
        return
    columns = [_quoted(model._meta.get_field(name).column) for name in names]
    into = f"{_quoted(model._meta.db_table)} ({', '.join(columns)})"
    prepared = _prepared(model, names, rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with _without_rows(), cursor.copy(f"COPY {into} FROM STDIN") as stream:
                for row in prepared:
                    stream.write_row(row)
        else:
            values = list(prepared)
            whole = len(values) - len(values) % TOGETHER
            for some, count in ((values[:whole], TOGETHER), (values[whole:], 1)):
                _insert_together(cursor, into, some, count)


def _insert_together(cursor, into, rows, count):
    """Insert so many of the rows with each statement; their number divides by it."""
    if rows:
        marks = f"({', '.join(['%s'] * len(rows[0]))})"
        cursor.executemany(
            f"INSERT INTO {into} VALUES {', '.join([marks] * count)}",  # noqa: S608 - quoted names
            (
                list(chain.from_iterable(rows[start : start + count]))
                for start in range(0, len(rows), count)
            ),
        )


def update_rows(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence]
) -> None:
    """Give each row, found by its primary key, the values after the key."""
    if not rows:
        return
    key, *columns = [
        _quoted(field.column)
        for field in (model._meta.pk, *map(model._meta.get_field, names))
    ]
    changes = ", ".join(f"{column} = %s" for column in columns)
    table = _quoted(model._meta.db_table)
    prepared = _prepared(model, ["pk", *names], rows)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {changes} WHERE {key} = %s",  # noqa: S608 - quoted names
            ((*values, pk) for pk, *values in prepared),
        )


def refresh_statistics(*kinds: type[models.Model]) -> None:
    """Tell PostgreSQL's planner what a bulk write has made of these tables.

    It finds out by itself within a minute; until then, plans are made for the tables
    as they were. SQLite plans without statistics.
    """
    if connection.vendor == "postgresql":
        tables = ", ".join(_quoted(model._meta.db_table) for model in kinds)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")


@contextmanager
def _without_rows():
    """Translate errors of the server as Django does, less the row they quote."""
    try:
        with connection.wrap_database_errors:
            yield
    except DatabaseError as error:
        said = getattr(error.__cause__, "diag", None)
        raise type(error)(said and said.message_primary) from None


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _prepared(model, names, rows) -> Iterator[tuple]:
    """Yield the rows as the database driver takes them."""
    fields = [
        model._meta.pk if name == "pk" else model._meta.get_field(name)
        for name in names
    ]
    columns = zip(*rows, strict=True)
    return zip(*map(_prepared_column, fields, columns), strict=True)


def _prepared_column(field, values):
    """Prepare a value that comes again, as days do, once."""
    if set(map(type, values)) <= PLAIN:
        return values
    different = {value for value in set(values) if type(value) not in PLAIN}
    prepared = {
        value: field.get_db_prep_save(value, connection=connection)
        for value in different
    }
    return [prepared.get(value, value) for value in values]
