"""Study time: credited by the database's clock, heartbeat by heartbeat (R4.6).

Credit runs from the last confirmed heartbeat and from nowhere else, so duplicates,
late arrivals, sleeping phones and jumping clocks can lose time but never invent it.
A person has one active session; another one pauses it, so no minute counts twice.
"""

import datetime as dt
import secrets
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Min

from courses.exceptions import ClassNotStudying, NotYourLesson
from courses.hours.days import milliseconds_left
from courses.hours.progress import (
    LessonState,
    Progress,
    progress_of,
    state_of,
    study_rule_on,
)
from courses.lessons import Stretch
from courses.models import (
    Enrolment,
    LessonPage,
    LessonProgress,
    PauseReason,
    SessionState,
    StudyEntry,
    StudyRule,
    StudySession,
)
from courses.services.completion import record_hours_met
from courses.services.records import lock_persons
from lms.evidence import clock

# A longer silence credits this much at most.
LONGEST_GAP_MS = 120_000
# An answer may still be on its way when its time is up.
NETWORK_GRACE = dt.timedelta(seconds=5)

_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Beat:
    """What a player reports about the time since its last report.

    ``position_ms`` means what the kind of lesson says: where a film plays, or for how
    long a page was in view. ``visible`` and ``playing`` speak of the whole stretch.
    """

    seq: int
    position_ms: int
    visible: bool = True
    playing: bool = True
    end: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer to the player; ``credited_ms`` is the time this heartbeat credited.

    ``counts`` says whether learning this lesson still brings the enrolment on.
    """

    session: StudySession
    lesson: LessonState
    credited_ms: int = 0
    seek_to_ms: int | None = None
    check_seconds: int | None = None
    counts: bool = False
    complete: bool = False


@transaction.atomic
def start_session(
    enrolment: Enrolment, *, lesson: LessonPage, now: dt.datetime | None = None
) -> StudySession:
    """Begin a lesson on this device; a session elsewhere is paused.

    The person is the lock. Raises ``ClassNotStudying`` when no time counts and
    ``NotYourLesson`` for a lesson of another programme.
    """
    now = now or clock.now()
    lock_persons([enrolment.person_id])
    if not Enrolment.objects.studying().filter(pk=enrolment.pk).exists():
        raise ClassNotStudying
    programme = enrolment.training_class.programme
    if not programme.courses.filter(pk=lesson.get_parent().pk).exists():
        raise NotYourLesson
    StudySession.objects.filter(
        person_id=enrolment.person_id, state=SessionState.ACTIVE
    ).update(state=SessionState.PAUSED, pause_reason=PauseReason.ELSEWHERE)
    progress, _created = LessonProgress.objects.get_or_create(
        enrolment=enrolment, lesson=lesson
    )
    return StudySession.objects.create(
        person_id=enrolment.person_id,
        enrolment=enrolment,
        lesson=lesson,
        started_at=now,
        last_seen_at=now,
        last_position_ms=lesson.lesson_kind.start_ms(progress),
        check_due_at=_first_check(enrolment, now),
    )


@transaction.atomic
def heartbeat(
    session: StudySession,
    *,
    beat: Beat,
    longest_gap_ms: int = LONGEST_GAP_MS,
    now: dt.datetime | None = None,
) -> Reply:
    """Credit the time since the last confirmed heartbeat, if it was learning.

    The person is the lock. A repeated sequence number changes nothing. While a
    presence check waits for its answer nothing is credited; the answer lets the
    next heartbeat catch up, silence pauses the session and takes nothing back.
    Raises ``ClassNotStudying`` once the class is over or the person out of it.
    """
    now = now or clock.now()
    session = _locked(session)
    rule = study_rule_on(clock.day_of(now))
    progress = LessonProgress.objects.get(
        enrolment=session.enrolment, lesson=session.lesson
    )
    run = _Run(session, progress, rule, now)
    if session.state == SessionState.PAUSED or beat.seq <= session.last_seq:
        return run.reply()
    if not session.enrolment.counts_study:
        raise ClassNotStudying
    if session.check_asked_at:
        if now > run.answer_until + NETWORK_GRACE:
            _pause(session, PauseReason.PRESENCE)
        return run.reply()
    run.advance(beat, longest_gap_ms)
    if now >= session.check_due_at and run.counts():
        session.check_asked_at = now
    session.last_seq = beat.seq
    session.save()
    return run.reply()


@transaction.atomic
def answer_check(session: StudySession, *, now: dt.datetime | None = None) -> Reply:
    """Take the answer to a presence check; too late, and the session is paused.

    The person is the lock.
    """
    now = now or clock.now()
    session = _locked(session)
    rule = study_rule_on(clock.day_of(now))
    progress = LessonProgress.objects.get(
        enrolment=session.enrolment, lesson=session.lesson
    )
    run = _Run(session, progress, rule, now)
    if session.check_asked_at and session.state == SessionState.ACTIVE:
        if now > run.answer_until + NETWORK_GRACE:
            _pause(session, PauseReason.PRESENCE)
        else:
            session.check_asked_at = None
            session.check_due_at = _next_check(rule, now)
            session.save()
    return run.reply()


@transaction.atomic
def record_reading(
    enrolment: Enrolment, *, lesson: LessonPage, now: dt.datetime | None = None
) -> Reply | None:
    """Credit an article where no script can send heartbeats. The person is the lock.

    The first call starts the clock and returns None; each later one credits the
    time since, up to what would else meet a presence check, and the end as reached.
    """
    now = now or clock.now()
    lock_persons([enrolment.person_id])
    session = StudySession.objects.filter(
        enrolment=enrolment, lesson=lesson, state=SessionState.ACTIVE
    ).first()
    if session is None:
        start_session(enrolment, lesson=lesson, now=now)
        return None
    rule = study_rule_on(clock.day_of(now))
    longest_ms = rule.check_after_minutes * 60_000
    gap_ms = min(_milliseconds(now - session.last_seen_at), longest_ms)
    session.check_asked_at = None
    session.check_due_at = now + dt.timedelta(minutes=rule.check_before_minutes)
    session.save(update_fields=["check_asked_at", "check_due_at"])
    beat = Beat(
        seq=session.last_seq + 1,
        position_ms=session.last_position_ms + max(0, gap_ms),
        end=True,
    )
    return heartbeat(session, beat=beat, longest_gap_ms=longest_ms, now=now)


@dataclass(slots=True)
class _Run:
    """One heartbeat being worked on: the rows, and what comes of them."""

    session: StudySession
    progress: LessonProgress
    rule: StudyRule
    now: dt.datetime
    credited_ms: int = 0
    seek_to_ms: int | None = None
    complete: bool = field(init=False)
    standing: Progress | None = None

    def __post_init__(self):
        self.complete = self.session.enrolment.hours_met_on is not None

    @property
    def done(self) -> bool:
        return self._state().done

    def counts(self) -> bool:
        """Say whether learning this lesson still brings the enrolment on."""
        if self.complete or not self.done:
            return not self.complete
        return self._standing().counts(self._state())

    @property
    def answer_until(self) -> dt.datetime:
        seconds = self.rule.check_answer_seconds
        return self.session.check_asked_at + dt.timedelta(seconds=seconds)

    def advance(self, beat: Beat, longest_gap_ms: int) -> None:
        """Move position, progress and credit on by one heartbeat."""
        session, lesson = self.session, self.session.lesson
        kind, was_done = lesson.lesson_kind, self.done
        passed_ms = max(0, _milliseconds(self.now - session.last_seen_at))
        stretch = Stretch(
            position_ms=beat.position_ms,
            last_ms=session.last_position_ms,
            passed_ms=passed_ms,
            wall_ms=min(passed_ms, longest_gap_ms),
            visible=beat.visible,
            playing=beat.playing,
        )
        learnt_ms = kind.learnt_ms(lesson, self.progress, stretch, done=was_done)
        self._credit(beat, learnt_ms)
        self.seek_to_ms = kind.seek_back_ms(
            self.progress, beat.position_ms, done=was_done
        )
        session.last_seen_at = max(self.now, session.last_seen_at)
        session.last_position_ms = (
            beat.position_ms if self.seek_to_ms is None else self.seek_to_ms
        )

    def _credit(self, beat: Beat, learnt_ms: int) -> None:
        session, progress, lesson = self.session, self.progress, self.session.lesson
        day = clock.day_of(self.now)
        if learnt_ms and not self.complete:
            left_today = self._left_today(day)
            learnt_ms = min(learnt_ms, left_today)
            self.credited_ms = min(learnt_ms, self._state().spare_ms)
            if left_today <= learnt_ms:
                session.state = SessionState.PAUSED
                session.pause_reason = PauseReason.CEILING
        progress.furthest_ms = lesson.lesson_kind.furthest_ms(progress, learnt_ms)
        progress.credited_ms += self.credited_ms
        progress.end_reached = progress.end_reached or beat.end
        if self.credited_ms:
            StudyEntry.objects.create(
                session=session,
                seq=beat.seq,
                person_id=session.person_id,
                enrolment=session.enrolment,
                lesson=lesson,
                day=day,
                position_ms=beat.position_ms,
                credited_ms=self.credited_ms,
                received_at=self.now,
            )
        finished = self.done
        if finished and progress.completed_at is None:
            progress.completed_at = self.now
        progress.save()
        if finished and not self.complete and self._standing().complete:
            record_hours_met(self.session.enrolment, now=self.now)
            self.complete = True

    def _standing(self) -> Progress:
        if self.standing is None:
            day = clock.day_of(self.now)
            self.standing = progress_of(self.session.enrolment, day=day)
        return self.standing

    def _state(self) -> LessonState:
        per_hour = self.rule.seconds_per_hour
        return state_of(self.session.lesson, self.progress, per_hour)

    def _left_today(self, day: dt.date) -> int:
        person = self.session.person_id
        return milliseconds_left([person], day=day, rule=self.rule)[person]

    def reply(self) -> Reply:
        session = self.session
        check_seconds = None
        if session.check_asked_at and session.state == SessionState.ACTIVE:
            left = (self.answer_until - self.now).total_seconds()
            check_seconds = max(0, int(left))
        return Reply(
            session=session,
            lesson=self._state(),
            credited_ms=self.credited_ms,
            seek_to_ms=self.seek_to_ms,
            check_seconds=check_seconds,
            counts=self.counts(),
            complete=self.complete,
        )


def _locked(session: StudySession) -> StudySession:
    lock_persons([session.person_id])
    sessions = StudySession.objects.select_related(
        "enrolment__training_class__programme", "lesson"
    )
    return sessions.get(pk=session.pk)


def _pause(session: StudySession, reason: str) -> None:
    session.state = SessionState.PAUSED
    session.pause_reason = reason
    session.save(update_fields=["state", "pause_reason"])


def _first_check(enrolment: Enrolment, now: dt.datetime) -> dt.datetime:
    """Return when a new session is checked: not later than the one before it.

    Opening the lesson again would else put the check off for ever.
    """
    due = _next_check(study_rule_on(clock.day_of(now)), now)
    waiting = StudySession.objects.filter(
        person_id=enrolment.person_id, check_due_at__range=(now, due)
    )
    return waiting.aggregate(due=Min("check_due_at"))["due"] or due


def _next_check(rule: StudyRule, now: dt.datetime) -> dt.datetime:
    minutes = _random.uniform(rule.check_after_minutes, rule.check_before_minutes)
    return now + dt.timedelta(minutes=minutes)


def _milliseconds(delta: dt.timedelta) -> int:
    return delta // dt.timedelta(milliseconds=1)
