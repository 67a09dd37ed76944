"""Reading where no script can send heartbeats: a press now and then."""

import datetime as dt

import pytest

from courses.models import StudyEntry, StudyRule
from courses.services.study import record_reading
from tests.courses.player import ARTICLE, NOW
from tests.factories.classes import course, enrolled_in

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.mark.parametrize("away", [dt.timedelta(days=25), dt.timedelta(days=900)])
def test_coming_back_after_weeks_credits_the_longest_gap(away):
    page = course(ARTICLE)
    enrolment, lesson = enrolled_in(page, hours=1), page.lessons().get()
    longest = StudyRule.objects.get().check_after_minutes * 60_000

    record_reading(enrolment, lesson=lesson, now=NOW)
    reply = record_reading(enrolment, lesson=lesson, now=NOW + away)

    entry = StudyEntry.objects.get()
    assert (reply.credited_ms, entry.position_ms) == (longest, longest)
