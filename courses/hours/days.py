"""Study time that a day still holds, over all classes of a person (R4.5)."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Sum

from courses.models import HourEntry, StudyEntry, StudyRule


def milliseconds_left(
    persons: Iterable[int], *, day: dt.date, rule: StudyRule
) -> dict[int, int]:
    """Return how much study time each person may still be credited for a day.

    Online study and the class hours that staff entered count alike.
    """
    persons = list(persons)
    per_hour_ms = rule.seconds_per_hour * 1000
    left = dict.fromkeys(persons, rule.daily_ceiling_hours * per_hour_ms)
    studied = StudyEntry.objects.filter(person__in=persons, day=day).order_by()
    for person, spent_ms in _sums(studied, "credited_ms"):
        left[person] -= spent_ms
    entered = HourEntry.objects.filter(person__in=persons, day=day).order_by()
    for person, hours in _sums(entered, "hours"):
        left[person] -= int(hours * per_hour_ms)
    return {person: max(0, rest) for person, rest in left.items()}


def _sums(rows, field):
    return rows.values("person").annotate(sum=Sum(field)).values_list("person", "sum")
