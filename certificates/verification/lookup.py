"""The one query behind every scan, compiled once.

Writing this SQL anew costs the ORM more than running it costs the database. It is
the ORM's own SQL and the ORM's own conversions; the row is read at every check.
"""

from dataclasses import dataclass
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.functions import Now

from certificates.models import Certificate, CertificateKind

# What a check shows or judges by; the rest of the row waits until it is asked for.
READ = (
    "serial",
    "token",
    "person",
    "holder_name",
    "facts",
    "valid_from",
    "valid_to",
    "review_due_on",
    "review_passed_on",
    "suspended_from",
    "suspended_to",
    "suspended_reason",
    "revoked_on",
    "revoked_reason",
    "cancelled_on",
    "cancelled_reason",
    "replaced_on",
    "kind__code",
    "kind__name_en",
)


@dataclass(frozen=True)
class _Statement:
    """SQL that takes a serial, and where each column of its answer belongs."""

    sql: str
    converters: tuple
    row: dict[str, int]
    kind: dict[str, int]
    now: int


def row_of_serial(serial: str) -> Certificate | None:
    """Return the row of a serial with its kind, and the database's time as ``now``."""
    connection = connections[DEFAULT_DB_ALIAS]
    statement = _statement(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, (serial,))
        found = cursor.fetchone()
    if found is None:
        return None
    values = list(found)
    for place, expression, convert in statement.converters:
        values[place] = convert(values[place], expression, connection)
    row = _made(Certificate, statement.row, values)
    row.kind = _made(CertificateKind, statement.kind, values)
    row.now = values[statement.now]
    return row


@cache
def _statement(vendor):
    query = (
        Certificate.objects.filter(serial="")
        .select_related("kind")
        .only(*READ)
        .annotate(now=Now())
        .order_by()
        .query
    )
    compiler = query.get_compiler(DEFAULT_DB_ALIAS)
    sql, _ = compiler.as_sql()
    expressions = [expression for expression, *_ in compiler.select]
    converters = compiler.get_converters(expressions).items()
    return _Statement(
        sql,
        tuple((i, e, convert) for i, (found, e) in converters for convert in found),
        _places(expressions, Certificate),
        _places(expressions, CertificateKind),
        compiler.annotation_col_map["now"],
    )


def _places(expressions, model):
    return {
        expression.target.attname: place
        for place, expression in enumerate(expressions)
        if hasattr(expression, "target") and expression.target.model is model
    }


def _made(model, places, values):
    fields = [values[place] for place in places.values()]
    return model.from_db(DEFAULT_DB_ALIAS, places, fields)
