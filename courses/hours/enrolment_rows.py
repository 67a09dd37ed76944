"""Rows that hang on enrolments, read for a page of one person or a desk of many."""

from collections.abc import Collection

from django.db.models import QuerySet

from courses.models import Enrolment
from lms.access.prepared import PreparedRows


def rows_of_enrolments(
    enrolments: Collection[Enrolment], *, of_person: PreparedRows, rows: QuerySet
) -> list:
    """Return the rows of some enrolments, in one query.

    ``of_person`` finds all rows of one person; ``rows`` are those of everybody.
    """
    people = {one.person_id for one in enrolments}
    if len(people) != 1:
        return list(rows.filter(enrolment__in=enrolments))
    asked = {one.pk for one in enrolments}
    found = of_person.rows(*people)
    return [row for row in found if row.enrolment_id in asked]
