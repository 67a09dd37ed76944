"""Named sub-queries: the QuerySets' vocabulary, joined by a few lines of SQL.

Which rows count is said by QuerySets, in their models' words. How persons and
posts are paired and counted is set arithmetic that reads better as SQL; it uses
only what SQLite and PostgreSQL share, and carries no values of its own.
"""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When


def flag(condition: Q) -> Case:
    """Return a 1/0 column, the same on both engines."""
    return Case(
        When(condition, then=Value(1)), default=Value(0), output_field=IntegerField()
    )


class Relations:
    """A ``WITH`` clause under construction."""

    def __init__(self, groups: Iterable[str] = ("g0",)):
        self.groups = ", ".join(groups)
        self._parts = []
        self._params = []

    def add(self, name: str, queryset: QuerySet, **columns) -> "Relations":
        """Name a QuerySet; ``columns`` map its column names to expressions."""
        rows = queryset.annotate(**columns).values_list(*columns)
        sql, params = rows.query.sql_with_params()
        self._parts.append(f"{name}({', '.join(columns)}) AS ({sql})")
        self._params.extend(params)
        return self

    def absorb(self, name: str, other: "Relations", sql: str) -> "Relations":
        """Name a statement over another clause, with that clause inside it."""
        inner = sql.format(groups=other.groups)
        self._parts.append(f"{name} AS (WITH {', '.join(other._parts)} {inner})")
        self._params.extend(other._params)
        return self

    def define(self, name: str, sql: str) -> "Relations":
        """Name a statement over the relations added so far."""
        self._parts.append(f"{name} AS ({sql.format(groups=self.groups)})")
        return self

    def rows(self, sql: str, params: Iterable = ()) -> list[tuple]:
        """Run one statement over the relations."""
        statement = f"WITH {', '.join(self._parts)} {sql.format(groups=self.groups)}"
        with connection.cursor() as cursor:
            cursor.execute(statement, [*self._params, *params])
            return cursor.fetchall()
