import pytest
from django.db import IntegrityError, connection, transaction

from lms.evidence import triggers as evidence
from lms.evidence.models import AuditEvent
from lms.evidence.triggers import (
    drop_triggers,
    expected_trigger_names,
    install_triggers,
    open_gate,
    trigger_names,
)
from tests.lms.evidence_models import EVIDENCE

pytestmark = [pytest.mark.django_db, pytest.mark.services]

refused = (IntegrityError,)


def test_every_evidence_table_has_its_triggers():
    assert trigger_names() == expected_trigger_names()
    assert len(trigger_names()) >= 2 * len(EVIDENCE)


def test_the_evidence_models_are_the_ones_written_out():
    declared = sorted(model._meta.label for model in evidence.evidence_models())

    assert declared == sorted(EVIDENCE)


def test_evidence_refuses_update_and_delete():
    event = AuditEvent.objects.create(action="test", reason="first")

    with pytest.raises(refused, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(reason="second")
    with pytest.raises(refused, match="append-only"), transaction.atomic():
        event.delete()

    assert AuditEvent.objects.get().reason == "first"


def test_evidence_refuses_replace_on_sqlite():
    event = AuditEvent.objects.create(action="test", reason="first")
    if connection.vendor != "sqlite":
        return  # PostgreSQL has no REPLACE; its upsert is an UPDATE, refused above
    columns = "id, at, action, object_type, object_id, reason, data"
    with (
        pytest.raises(refused, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"INSERT OR REPLACE INTO people_auditevent ({columns}) "
            f"SELECT id, at, action, object_type, object_id, 'second', data "
            "FROM people_auditevent"
        )

    assert AuditEvent.objects.get().reason == event.reason


def test_without_triggers_the_same_update_goes_through():
    AuditEvent.objects.create(action="test", reason="first")

    drop_triggers()
    AuditEvent.objects.update(reason="second")
    install_triggers()

    assert AuditEvent.objects.get().reason == "second"


def test_gate_lets_one_transaction_through_and_leaves_an_audit_entry():
    event = AuditEvent.objects.create(action="test", reason="first")

    with open_gate(reason="retention: six years are over"):
        event.delete()

    assert AuditEvent.objects.get().action == "evidence.open_gate"
    assert not evidence.apps.get_model("lms.EvidenceGate").objects.exists()
    with pytest.raises(refused), transaction.atomic():
        AuditEvent.objects.all().delete()


@pytest.mark.parametrize("missing", ["plan_snapshot", evidence.GATE])
def test_triggers_wait_for_tables_that_are_not_there(missing):
    drop_triggers()
    cascade = " CASCADE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE "{missing}"{cascade}')

    install_triggers()

    assert not [name for name in trigger_names() if missing in name]
    assert bool(trigger_names()) == (missing != evidence.GATE)


def test_gate_refuses_to_open_without_a_reason():
    with pytest.raises(ValueError, match="reason"), open_gate(reason=" "):
        pass


@pytest.mark.parametrize("label", EVIDENCE)
def test_each_evidence_table_refuses_by_raw_sql(label):
    """The trigger is on the table, for all of its columns."""
    table = evidence.apps.get_model(label)._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with pytest.raises(refused, match="append-only"), transaction.atomic():
                cursor.execute(f'TRUNCATE "{table}" CASCADE')
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
            "AND tbl_name = %s",
            [table],
        )
        laid = {name.rsplit("_", 1)[1] for name, _ in cursor}
    assert laid >= {"update", "delete"}
