"""Plans that PostgreSQL keeps for the calls of an exam: only of large tables."""

import json

import pytest
from django.db import connection

from lms.access import prepared_cursor
from tests.exams.phone import Phone
from tests.exams.test_delivery_plans import _nodes, full_tables  # noqa: F401 - fixture
from tests.factories.sittings import make_sitting

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def phone():
    """A phone in an exam, on a connection that keeps no plan yet."""
    phone = Phone(make_sitting())
    phone.start()
    with connection.cursor() as cursor:
        # What the server counted for a test before this one outlives its rollback.
        cursor.execute("ANALYZE")
        cursor.execute("SET plan_cache_mode = force_custom_plan")
    prepared_cursor._USES.clear()
    return phone


def mode():
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        return cursor.fetchone()[0]


def test_a_kept_plan_reads_no_growing_table_whole(full_tables, phone):  # noqa: F811
    option = phone.option("5")

    for seq in range(1, 20):
        assert phone.save((seq, "5", option)).status_code == 200

    assert mode() == "auto"
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(
            "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements"
        )
        kept = cursor.fetchall()
        assert kept
        for name, count in kept:
            nulls = f"({', '.join(['NULL'] * count)})" if count else ""
            cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE {name} {nulls}")
            [[plan]] = cursor.fetchall()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            nodes = _nodes(plan[0]["Plan"])
            assert [node for node in nodes if node["Node Type"] == "Seq Scan"] == []


def test_no_plan_is_kept_while_the_tables_are_small(phone):
    assert phone.save((1, "5", phone.option("5"))).status_code == 200

    assert mode() == "force_custom_plan"
