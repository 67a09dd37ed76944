import pytest
from django.conf import settings
from django.db import connection

from exams.models import AnswerEntry, Attempt
from exams.services.answer_journal import ATTEMPTS, JOURNAL
from tests.exams.phone import Phone
from tests.factories.sittings import make_sitting

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

OFTEN = settings.DATABASES["default"]["OPTIONS"].get("prepare_threshold", 0)
PREPARED = """
SELECT name, generic_plans, custom_plans FROM pg_prepared_statements
 WHERE statement LIKE %s
"""
CROWD = f"""
INSERT INTO {JOURNAL} (attempt_id, seat_epoch, seq, slot, value, sha256, client_ms,
                       received_at, disposition)
SELECT id, 99, n, '1', 'null', '', '', now(), 'counted'
  FROM {ATTEMPTS}, generate_series(1, 20000) n
"""


def query(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def save_often(phone):
    """Save batches of one, two and three until the statement is prepared."""
    for seq in range(1, 4 * (OFTEN + 6), 4):
        size = seq % 3 + 1
        phone.save(*((seq + n, "1", phone.option("1")) for n in range(size)))
    assert AnswerEntry.objects.count() > OFTEN
    return query(PREPARED, f"%INSERT INTO {JOURNAL}%")


@pytest.fixture
def phone():
    phone = Phone(make_sitting())
    phone.start()
    # One connection: what was prepared belongs to it.
    connection.ensure_connection()
    return phone


def test_a_save_of_any_size_is_one_prepared_statement(phone):
    prepared = save_often(phone)

    assert len(prepared) == 1


def test_a_statement_prepared_in_an_empty_hall_reads_a_full_one_by_its_index(phone):
    query(f"ANALYZE {JOURNAL}, {ATTEMPTS}")
    [(name, generic, custom)] = save_often(phone)
    query(CROWD)

    attempt = Attempt.objects.get()
    plan = query(f"EXPLAIN EXECUTE {name} ('[]', 1, {attempt.pk})")

    assert f"Seq Scan on {JOURNAL}" not in str(plan)
    assert (generic, custom > 0) == (0, True)


def test_a_save_survives_that_the_server_forgot_the_statement(phone):
    save_often(phone)
    # As a pooler does, behind the driver's back.
    query("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")

    first = phone.save((900, "1", phone.option("1")))
    second = phone.save((900, "1", phone.option("1")))

    assert first.status_code == 503
    assert first.headers["Retry-After"]
    assert second.json()["acked"] == [900]
