import pytest
from django.db import connection

from lms.people.models import Person
from lms.sheets.bulk_writes import insert_rows, refresh_statistics
from tests.lms.test_bulk_writes import NAMES, rows

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def test_statistics_know_the_rows_of_an_import():
    insert_rows(Person, NAMES, rows([f"人{n}" for n in range(300)]))

    refresh_statistics(Person)

    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'people_person'")
        assert cursor.fetchone() == (300,)
