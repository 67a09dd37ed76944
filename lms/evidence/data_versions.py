"""Data versions: a number that changes with every write to some tables.

What was computed from those tables may be kept for as long as the number is the same.
An app declares which tables a subject is read from with ``register_source``; triggers
of the database count every statement (PostgreSQL) or row (SQLite) that writes to them,
so that bulk updates, SQL by hand, cascades and TRUNCATE count too.

The number is a sum of random steps above zero: it only grows while a database lives,
a step that was rolled back does not come again, and a database restored from a copy
does not repeat the numbers of the one before it. On PostgreSQL each writer adds a row
of its own and so waits for no other; ``fold_versions`` adds them up.

Read the version before the rows. A write that commits in between leaves newer rows
under an older version, which nobody reads again once the write is visible.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar

from django.db import connection, models, transaction

from lms.access.prepared_cursor import prepared_cursor
from lms.evidence.models import DataVersion

Result = TypeVar("Result")

TABLE = DataVersion._meta.db_table
PREFIX = "version_"
_SOURCES: dict[str, dict[type[models.Model], None]] = defaultdict(dict)

# A step is at least 1 and, for some billion writes, their sum fits 63 bits.
SQLITE_STEP = "(1 + (random() & 4294967295))"
SQLITE = """
CREATE TRIGGER "{name}_{verb}" AFTER {verb} ON "{table}"
BEGIN
    UPDATE {versions} SET changes = changes + {step} WHERE subject = '{subject}';
    INSERT INTO {versions} (subject, changes) SELECT '{subject}', {step}
    WHERE NOT EXISTS (SELECT 1 FROM {versions} WHERE subject = '{subject}');
END
"""
POSTGRES_STEP = "1 + floor(random() * 4294967296)::bigint"
POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION data_version_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {versions} (subject, changes) VALUES (TG_ARGV[0], {step});
    RETURN NULL;
END $$
"""
POSTGRES = """
CREATE TRIGGER "{name}" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "{table}"
FOR EACH STATEMENT EXECUTE FUNCTION data_version_changes('{subject}')
"""
FOLD = f"""
WITH gone AS (DELETE FROM {TABLE} RETURNING subject, changes)
INSERT INTO {TABLE} (subject, changes)
SELECT subject, sum(changes)::bigint FROM gone GROUP BY subject
"""  # noqa: S608 - constants


def register_source(subject: str, *sources: type[models.Model]) -> None:
    """Declare models, through models of relations too, that a subject is read from."""
    _SOURCES[subject].update(dict.fromkeys(sources))


def tables_of(subject: str) -> set[str]:
    """Return the tables that a subject is read from."""
    return {model._meta.db_table for model in _SOURCES[subject]}


def version_of(subject: str) -> int:
    """Return the data version of a subject, as the open transaction sees it."""
    with prepared_cursor() as cursor:
        cursor.execute(
            f"SELECT sum(changes) FROM {TABLE} WHERE subject = %s",  # noqa: S608
            [subject],
        )
        return int(cursor.fetchone()[0] or 0)


def fold_versions() -> int:
    """Add up the rows of each subject; return how many rows went. Idempotent."""
    if connection.vendor == "sqlite":
        return 0  # its triggers keep one row
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE}")  # noqa: S608
        before = cursor.fetchone()[0]
        if before > len(_SOURCES):
            cursor.execute(FOLD)
    return max(0, before - len(_SOURCES))


def install_version_triggers(**kwargs) -> None:
    """Create every missing trigger and change every version. Idempotent.

    The triggers and the rows of a subject that nobody declares any more go.

    SQLite drops the triggers of a table that a migration alters, and what the
    migration wrote before they stand again has to count.
    """
    standing = set(connection.introspection.table_names())
    if TABLE not in standing:
        return
    present, planned = _standing_triggers(), list(_planned())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRES_FUNCTION.format(versions=TABLE, step=POSTGRES_STEP))
        for name in present.keys() - {name for name, _table, _sql in planned}:
            on = "" if connection.vendor == "sqlite" else f" ON {present[name]}"
            cursor.execute(f'DROP TRIGGER "{name}"{on}')
        for name, table, sql in planned:
            if table in standing and name not in present:
                cursor.execute(sql)
        DataVersion.objects.exclude(subject__in=list(_SOURCES)).delete()
        for subject in _SOURCES:
            _change(cursor, subject)


def _change(cursor, subject):
    step = SQLITE_STEP if connection.vendor == "sqlite" else POSTGRES_STEP
    cursor.execute(
        f"UPDATE {TABLE} SET changes = changes + {step} WHERE subject = %s",  # noqa: S608
        [subject],
    )
    if cursor.rowcount == 0:
        cursor.execute(
            f"INSERT INTO {TABLE} (subject, changes) VALUES (%s, {step})",  # noqa: S608
            [subject],
        )


def _standing_triggers() -> dict[str, str]:
    """Return the tables of the triggers that count, by the name of the trigger."""
    catalogue = {
        "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname, CAST(CAST(tgrelid AS regclass) AS text) "
        "FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(catalogue[connection.vendor])
        return {name: table for name, table in cursor if name.startswith(PREFIX)}


def _planned():
    for subject in _SOURCES:
        for table in sorted(tables_of(subject)):
            name = f"{PREFIX}{subject}_{table}"[:55]
            facts = {"name": name, "table": table, "subject": subject}
            if connection.vendor == "postgresql":
                yield name, table, POSTGRES.format(**facts)
                continue
            for verb in ("insert", "update", "delete"):
                sql = SQLITE.format(
                    verb=verb, versions=TABLE, step=SQLITE_STEP, **facts
                )
                yield f"{name}_{verb}", table, sql


class KeptByVersion:
    """Results kept in this process while the data version of a subject is the same.

    A result is shared: callers must not change it. At most ``most`` are kept; the one
    asked for longest ago goes first.
    """

    def __init__(self, subject: str, *, most: int):
        self.subject, self.most = subject, most
        self._kept: OrderedDict[Hashable, tuple[int, object]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """Return what is kept under a key, or make it now."""
        return self.get_at(version_of(self.subject), key, make)

    def get_at(self, version: int, key: Hashable, make: Callable[[], Result]) -> Result:
        """The same for a caller that has read the version already."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None and found[0] == version:
                self._kept.move_to_end(key)
                return found[1]
        made = make()
        with self._lock:
            self._kept[key] = version, made
            self._kept.move_to_end(key)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return made
