"""What the statements of a running exam that are written by hand share."""

import datetime as dt
from functools import cache

from django.db import connection, models

from lms.access.prepared_cursor import prepared_cursor

# The database's clock, as text that compares with what Django stores.
CLOCK = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now')",
    "postgresql": "clock_timestamp()",
}


def short(sql: str) -> str:
    """Return a statement without its layout: Django scans every character of it."""
    return " ".join(sql.split())


def insert_row(row: models.Model) -> None:
    """Write a new row, as ``save`` does, by a statement that is kept."""
    sql, fields = _insert(type(row))
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in fields
    ]
    with prepared_cursor() as cursor:
        cursor.execute(sql, values)
        [row.pk] = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias


@cache
def _insert(model) -> tuple[str, list[models.Field]]:
    options = model._meta
    fields = [field for field in options.concrete_fields if not field.primary_key]
    columns = ", ".join(field.column for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    return (
        f"INSERT INTO {options.db_table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours
        f" RETURNING {options.pk.column}",
        fields,
    )


def moment(value: dt.datetime):
    """Return a moment as the database compares it: on SQLite text with six decimals."""
    if connection.vendor == "sqlite":
        return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def aware(text: str) -> dt.datetime:
    """Read a moment both engines write in UTC, one of them without saying so."""
    value = dt.datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
