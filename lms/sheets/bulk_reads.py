"""Asking for the rows of many keys."""

import json

from django.db.models import Lookup


class IsAmong(Lookup):
    """That a field has one of many plain values; they go as one parameter.

    ``__in`` sends a mark for each, and prepares each by itself.
    """

    prepare_rhs = False

    def as_sql(self, compiler, connection):
        field, parameters = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{field} = ANY(%s)", (*parameters, list(self.rhs))
        values = json.dumps(list(self.rhs))
        return f"{field} IN (SELECT value FROM json_each(%s))", (*parameters, values)  # noqa: S608 - a column
