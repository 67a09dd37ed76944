"""A prepared queryset gives back what the queryset would."""

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.forms.models import model_to_dict
from django.utils import timezone

from courses.models import Enrolment
from lms.access.prepared import PreparedRows
from tests.factories.classes import EnrolmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def mine(person):
    return Enrolment.objects.admitted().filter(person=person).for_listing()


def test_rows_and_their_related_rows_are_those_of_the_queryset(
    django_assert_num_queries,
):
    first, second = EnrolmentFactory(organisation=None), EnrolmentFactory()
    EnrolmentFactory(person=second.person)
    prepared = PreparedRows(mine)

    for person in (first.person, second.person):
        with django_assert_num_queries(1):
            rows = prepared.rows(person.pk)
            shown = [(row.training_class.programme.title, row.person) for row in rows]
            [row.organisation and row.organisation.town for row in rows]
        wanted = list(mine(person.pk))
        assert list(map(model_to_dict, rows)) == list(map(model_to_dict, wanted))
        assert [row.uuid for row in rows] == [row.uuid for row in wanted]
        assert shown == [
            (row.training_class.programme.title, row.person) for row in wanted
        ]
        planned = [row.training_class.planned_hours for row in wanted]
        assert [row.training_class.planned_hours for row in rows] == planned
    assert prepared.first(first.person_id) == first
    assert prepared.first(0) is None


def test_a_key_may_be_text_and_rows_may_be_part_read_and_annotated():
    enrolment = EnrolmentFactory()
    prepared = PreparedRows(
        lambda number, person: (
            Enrolment.objects.filter(training_class__number=number, person=person)
            .select_related("training_class")
            .only("status", "training_class__number")
            .annotate(now=Now())
        ),
        keys=(str, int),
    )
    number, person = enrolment.training_class.number, enrolment.person_id

    row = prepared.first(number, person)

    assert row == enrolment
    assert row.get_deferred_fields() > {"uuid", "person_id"}
    assert row.training_class.number == number
    assert timezone.is_aware(row.now)
    assert prepared.rows(f"{number}'", person) == []
    assert prepared.rows(number, None) == []


def test_values_are_those_of_the_queryset():
    first, second = EnrolmentFactory(), EnrolmentFactory(organisation=None)
    names = ("uuid", "enrolled_on", "organisation__name")
    prepared = PreparedRows(lambda person: mine(person).values_list(*names))

    for one in (first, second):
        assert prepared.rows(one.person_id) == list(
            mine(one.person_id).values_list(*names)
        )


def test_a_queryset_that_leaves_out_a_key_is_refused():
    prepared = PreparedRows(lambda person, _other: mine(person), keys=(int, int))

    with pytest.raises(ValueError, match="key"):
        prepared.rows(1, 2)


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_only():
    enrolment = EnrolmentFactory()
    prepared = PreparedRows(lambda person: mine(person).select_for_update(of=("self",)))

    with transaction.atomic():
        assert prepared.first(enrolment.person_id) == enrolment
    with pytest.raises(transaction.TransactionManagementError):
        prepared.first(enrolment.person_id)
