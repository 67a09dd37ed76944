"""Triggers that make the tables of every ``Evidence`` model append-only.

The database itself refuses UPDATE, DELETE and REPLACE on evidence, on SQLite
and on PostgreSQL (S1.2). Altering a table on SQLite silently drops its
triggers, so they are created again after every ``migrate``.
"""

from contextlib import contextmanager

from django.apps import apps
from django.db import connection, transaction

from lms.evidence.models import AuditEvent, Evidence, EvidenceGate

GATE = "lms_evidencegate"

SQLITE = """
CREATE TRIGGER "evidence_{table}_{verb}" BEFORE {verb} ON "{table}"
WHEN NOT EXISTS (SELECT 1 FROM {gate})
BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END
"""

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION evidence_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM {gate}) THEN
        RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NULL;
END $$
"""

POSTGRES = """
CREATE OR REPLACE TRIGGER "evidence_{table}_{verb}" BEFORE {verb} ON "{table}"
FOR EACH {each} EXECUTE FUNCTION evidence_refuse()
"""


def evidence_models() -> list[type[Evidence]]:
    """Return every model that declares itself append-only."""
    return [model for model in apps.get_models() if issubclass(model, Evidence)]


def evidence_tables() -> list[str]:
    """Return the tables of the evidence models that exist now, sorted.

    Migrating one app alone, or back, leaves some out; without the gate there is none:
    a trigger that names a missing table stops SQLite from altering its own.
    """
    standing = set(connection.introspection.table_names())
    if GATE not in standing:
        return []
    tables = sorted(model._meta.db_table for model in evidence_models())
    return [table for table in tables if table in standing]


def trigger_names() -> set[str]:
    """Return the names of the evidence triggers the database has now."""
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(catalogue[connection.vendor])
        return {row[0] for row in cursor if row[0].startswith("evidence_")}


def expected_trigger_names() -> set[str]:
    """Return the name of every trigger that must stand on this engine."""
    return {f"evidence_{table}_{verb}" for table, verb, _ in _plan()}


def install_triggers(**kwargs) -> None:
    """Create every missing trigger. Idempotent."""
    present = trigger_names()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRES_FUNCTION.format(gate=GATE))
        for table, verb, sql in _plan():
            if f"evidence_{table}_{verb}" not in present:
                cursor.execute(sql)


def drop_triggers() -> None:
    """Drop the triggers, so that a transactional test can flush its tables."""
    on_table = "" if connection.vendor == "sqlite" else ' ON "{table}"'
    with connection.cursor() as cursor:
        for table, verb, _ in _plan():
            cursor.execute(
                f'DROP TRIGGER IF EXISTS "evidence_{table}_{verb}"'
                + on_table.format(table=table)
            )


@contextmanager
def open_gate(*, reason: str, actor=None):
    """Let retention or erasure change evidence, inside this one transaction.

    Writes an ``AuditEvent`` with the reason; raises ``ValueError`` without one.
    """
    if not reason.strip():
        raise ValueError("Changing evidence needs a reason.")
    with transaction.atomic():
        gate = EvidenceGate.objects.create(reason=reason)
        AuditEvent.objects.create(
            actor=actor, action="evidence.open_gate", reason=reason
        )
        yield
        gate.delete()


def _plan():
    for table in evidence_tables():
        if connection.vendor == "sqlite":
            for verb in ("update", "delete"):
                yield table, verb, SQLITE.format(table=table, verb=verb, gate=GATE)
        else:
            for verb, each in (
                ("update", "ROW"),
                ("delete", "ROW"),
                ("truncate", "STATEMENT"),
            ):
                yield table, verb, POSTGRES.format(table=table, verb=verb, each=each)
