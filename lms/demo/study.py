"""Demo study time: enrolments of one factory, as heartbeats would have left them."""

import datetime as dt
import random

from django.db import transaction

from courses.hours.progress import nominal_ms, study_rule_on
from courses.models import (
    Enrolment,
    LessonPage,
    LessonProgress,
    SessionState,
    StudyEntry,
    StudySession,
    TrainingClass,
)
from courses.services import record_hours_met
from lms.evidence.clock import SHANGHAI
from lms.people.models import Post, User

PROGRAMME = "C4"
COLLEAGUES = 12
BEAT_MS = 60_000
LESSONS_A_DAY = 2


def seed_study(rng: random.Random, *, today: dt.date) -> dict:
    """Bring the demo worker to one short lesson before the end, colleagues further.

    The lessons before are learnt with real study entries, on earlier days.
    """
    user = User.objects.filter(username="worker").select_related("person").first()
    training_class = (
        TrainingClass.objects.open_for_study()
        .filter(programme__code=PROGRAMME)
        .select_related("programme")
        .first()
    )
    made = {"enrolments": 0, "study_entries": 0}
    if user is None or user.person is None or training_class is None:
        return made
    course = training_class.programme.courses.get()
    lessons = list(course.lessons())
    post = Post.objects.filter(person=user.person).active_on(today).first()
    employer = post.organisation if post else None
    people = [user.person, *_colleagues(user.person, employer, today)]
    for number, person in enumerate(people):
        done = lessons[:-1] if number == 0 else lessons[: rng.randrange(2, 10)]
        with transaction.atomic():
            enrolment, created = Enrolment.objects.get_or_create(
                training_class=training_class,
                person=person,
                defaults={
                    "organisation": employer,
                    "enrolled_on": training_class.starts_on,
                },
            )
            if created:
                made["enrolments"] += 1
                made["study_entries"] += _learn(enrolment, done)
                if len(done) == len(lessons):
                    last = enrolment.progress.latest("completed_at").completed_at
                    record_hours_met(enrolment, now=last)
    return made


def _colleagues(person, employer, today):
    if employer is None:
        return []
    posts = (
        Post.objects.active_on(today)
        .filter(organisation=employer, role="OTHER_STAFF")
        .exclude(person=person)
        .select_related("person")
        .order_by("pk")
    )
    return [post.person for post in posts[:COLLEAGUES]]


def _learn(enrolment: Enrolment, lessons: list[LessonPage]) -> int:
    rule = study_rule_on(enrolment.training_class.starts_on)
    count = 0
    for number, lesson in enumerate(lessons):
        day = enrolment.training_class.starts_on + dt.timedelta(
            days=1 + number // LESSONS_A_DAY
        )
        start = dt.datetime.combine(day, dt.time(19 + number % LESSONS_A_DAY), SHANGHAI)
        count += _learn_one(enrolment, lesson, start, rule)
    return count


def _learn_one(enrolment, lesson, start, rule) -> int:
    total = nominal_ms(lesson, rule.seconds_per_hour)
    ends = [*range(BEAT_MS, total, BEAT_MS), total]
    moments = [start + dt.timedelta(milliseconds=ms) for ms in ends]
    session = StudySession.objects.create(
        person_id=enrolment.person_id,
        enrolment=enrolment,
        lesson=lesson,
        state=SessionState.PAUSED,
        started_at=start,
        last_seen_at=moments[-1],
        last_position_ms=total,
        last_seq=len(ends),
        check_due_at=moments[-1],
    )
    before = [0, *ends]
    StudyEntry.objects.bulk_create(
        StudyEntry(
            session=session,
            seq=seq,
            person_id=enrolment.person_id,
            enrolment=enrolment,
            lesson=lesson,
            day=start.date(),
            position_ms=ms,
            credited_ms=ms - before[seq - 1],
            received_at=moment,
        )
        for seq, (ms, moment) in enumerate(zip(ends, moments, strict=True), start=1)
    )
    LessonProgress.objects.create(
        enrolment=enrolment,
        lesson=lesson,
        credited_ms=total,
        furthest_ms=lesson.duration_seconds * 1000,
        end_reached=True,
        completed_at=moments[-1],
    )
    return len(ends)
