"""Querysets of a fixed shape whose SQL is written once a process.

To build and compile a queryset over some joined tables costs Django more than the
database needs to answer it. A page that asks the same for every visitor with another
key prepares the queryset and runs it with the key.
"""

from collections.abc import Callable, Sequence

from django.db import connection, models
from django.db.models.query import get_related_populators

# Stands for the values in the SQL that is kept; no key of a row is so large.
FIRST_PLACE = 9_100_000_000_000_000_000


class PreparedRows:
    """Rows of a queryset that differs by integer keys alone.

    ``build`` is called once with as many placeholders as there are keys and must give
    back a queryset of model rows: filters by these keys, ``select_related``, an order.
    Nothing else in it may depend on the moment of the call.
    """

    def __init__(self, build: Callable[..., models.QuerySet], *, keys: int = 1):
        self._build, self._keys = build, keys
        self._statement = None

    def rows(self, *keys: int) -> list:
        """Return the rows for these keys, as the queryset would."""
        if self._statement is None:
            places = range(FIRST_PLACE, FIRST_PLACE + self._keys)
            self._statement = _Statement(self._build(*places), places)
        return self._statement.rows(keys)

    def first(self, *keys: int):
        """Return the first row for these keys, or None."""
        return next(iter(self.rows(*keys)), None)


class _Statement:
    """The SQL of a queryset, and how its columns become rows of models."""

    def __init__(self, queryset, places):
        compiler = queryset.query.get_compiler(queryset.db)
        self.sql, params = compiler.as_sql()
        self.params = [
            (True, places.index(one)) if one in places else (False, one)
            for one in params
        ]
        if {n for is_key, n in self.params if is_key} != set(range(len(places))):
            raise ValueError("The queryset leaves out a key.")
        info, select = compiler.klass_info, compiler.select
        columns = [expression for expression, _sql, _alias in select]
        self.converters = [
            (position, convert, expression)
            for position, (functions, expression) in compiler.get_converters(
                columns
            ).items()
            for convert in functions
        ]
        self.model = info["model"]
        fields = info["select_fields"]
        self.start, self.stop = fields[0], fields[-1] + 1
        self.names = [select[n][0].target.attname for n in fields]
        self.related = get_related_populators(info, select, queryset.db)
        self.db = queryset.db

    def rows(self, keys: Sequence[int]) -> list:
        params = [keys[one] if is_key else one for is_key, one in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchall()
        return [self._row(list(one)) for one in found]

    def _row(self, values):
        for position, convert, expression in self.converters:
            values[position] = convert(values[position], expression, connection)
        row = self.model.from_db(self.db, self.names, values[self.start : self.stop])
        for populator in self.related:
            populator.populate(values, row)
        return row
