import pytest
from django.conf import settings
from django.db import connection

from exams.models import AnswerEntry
from exams.services.answers import JOURNAL
from tests.exams.delivery_factories import Phone, make_sitting

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_a_save_of_any_size_is_planned_once_for_a_connection():
    phone = Phone(make_sitting())
    phone.start()
    often = settings.DATABASES["default"]["OPTIONS"]["prepare_threshold"]
    # One connection: what was prepared belongs to it.
    connection.ensure_connection()

    for seq in range(1, 4 * (often + 6), 4):
        size = seq % 3 + 1
        phone.save(*((seq + n, "1", phone.option("1")) for n in range(size)))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans, generic_plans > 0"
            "  FROM pg_prepared_statements WHERE statement LIKE %s",
            [f"%INSERT INTO {JOURNAL}%"],
        )
        plans = cursor.fetchall()
    assert AnswerEntry.objects.count() > often
    assert len(plans) == 1
    runs, generic = plans[0]
    assert runs >= 6
    assert generic
