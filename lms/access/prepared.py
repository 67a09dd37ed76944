"""Querysets of a fixed shape whose SQL is written once a process.

To build and compile a queryset over some joined tables costs Django more than the
database needs to answer it. A page that asks the same for every visitor with another
key prepares the queryset and runs it with the key.
"""

from collections.abc import Callable, Sequence

from django.db import connection, models
from django.db.models.query import ModelIterable, get_related_populators
from django.db.transaction import TransactionManagementError

from lms.access.prepared_cursor import prepared_cursor

# Stand for the keys in the SQL that is kept: no row has such a number or such a text.
FIRST_NUMBER = 9_100_000_000_000_000_000
TEXT = "\ue000 key {}"


class PreparedRows:
    """Rows of a queryset that differs by its keys alone: ``int`` or ``str`` each.

    ``build`` is called once with a placeholder for each key and must give back a
    queryset of model rows or of tuples (``values_list``): filters by these keys,
    ``select_related``, ``only``, ``annotate``, an order. Nothing else in it may depend
    on the moment of the call.
    """

    def __init__(
        self, build: Callable[..., models.QuerySet], *, keys: Sequence[type] = (int,)
    ):
        self._build, self._keys = build, keys
        self._statement = None

    def rows(self, *keys) -> list:
        """Return the rows for these keys, as the queryset would; none for None."""
        if None in keys:
            return []
        if self._statement is None:
            places = [
                FIRST_NUMBER + n if kind is int else TEXT.format(n)
                for n, kind in enumerate(self._keys)
            ]
            self._statement = _Statement(self._build(*places), places)
        return self._statement.rows(keys)

    def first(self, *keys):
        """Return the first row for these keys, or None."""
        return next(iter(self.rows(*keys)), None)


class _Statement:
    """The SQL of a queryset, and how its columns become rows of models."""

    def __init__(self, queryset, places):
        compiler = queryset.query.get_compiler(queryset.db)
        self.sql, params = compiler.as_sql()
        # Numbers come in the type of their column: PostgreSQL prepares by types.
        self.params = [
            (places.index(one), type(one)) if one in places else (None, one)
            for one in params
        ]
        if {place for place, _ in self.params} - {None} != set(range(len(places))):
            raise ValueError("The queryset leaves out a key.")
        info, select = compiler.klass_info, compiler.select
        columns = [expression for expression, _sql, _alias in select]
        self.db = queryset.db
        self.locks = queryset.query.select_for_update
        self.converters = [
            (position, convert, expression)
            for position, (functions, expression) in compiler.get_converters(
                columns
            ).items()
            for convert in functions
        ]
        self.model = None
        if queryset._iterable_class is not ModelIterable:
            return
        self.model = info["model"]
        fields = info["select_fields"]
        self.start, self.stop = fields[0], fields[-1] + 1
        self.names = [select[n][0].target.attname for n in fields]
        self.annotations = compiler.annotation_col_map.items()
        self.related = get_related_populators(info, select, queryset.db)

    def rows(self, keys: Sequence) -> list:
        # Django asks when it compiles, which is once here.
        if self.locks and not connection.in_atomic_block:
            raise TransactionManagementError("Rows are locked in a transaction.")
        params = [
            one if place is None else one(keys[place]) for place, one in self.params
        ]
        with prepared_cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchall()
        return [self._row(list(one)) for one in found]

    def _row(self, values):
        for position, convert, expression in self.converters:
            values[position] = convert(values[position], expression, connection)
        if self.model is None:
            return tuple(values)
        row = self.model.from_db(self.db, self.names, values[self.start : self.stop])
        for populator in self.related:
            populator.populate(values, row)
        for name, position in self.annotations:
            setattr(row, name, values[position])
        return row
