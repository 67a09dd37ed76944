"""Progress of an enrolment: lessons done, class hours credited, what is missing.

The only home of the rules "done" and "credited hours".
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from django.db.models import Sum

from courses.exceptions import HoursOutOfReach
from courses.hours.catalogue import catalogue
from courses.hours.enrolment_rows import rows_of_enrolments
from courses.models import (
    Enrolment,
    HourEntry,
    LessonPage,
    LessonProgress,
    StudyRule,
    TrainingClass,
)
from lms.access.prepared import PreparedRows
from lms.evidence import clock

_lessons_of = PreparedRows(
    lambda person: LessonProgress.objects.filter(enrolment__person=person)
)
_entries_of = PreparedRows(lambda person: HourEntry.objects.filter(person=person))


@dataclass(frozen=True, slots=True)
class LessonState:
    """One lesson of one enrolment."""

    lesson: LessonPage
    required_ms: int
    credited_ms: int
    spare_ms: int
    furthest_ms: int
    end_reached: bool
    done: bool

    @property
    def missing_seconds(self) -> int:
        """Seconds still to learn, rounded up; once done, those it can still credit.

        0 when only the end is missing.
        """
        missing = self.spare_ms if self.done else self.required_ms - self.credited_ms
        return -(-max(0, missing) // 1000)

    @property
    def goal_seconds(self) -> int:
        """What the bar of the lesson runs to."""
        return self.credited_seconds + self.missing_seconds

    @property
    def credited_seconds(self) -> int:
        return self.credited_ms // 1000

    @property
    def required_seconds(self) -> int:
        return -(-self.required_ms // 1000)

    @property
    def started(self) -> bool:
        return self.credited_ms > 0


@dataclass(frozen=True, slots=True)
class Progress:
    """All lessons of one enrolment, in order, and the sums.

    ``studied_ms`` is all time credited online, that of lessons no longer published
    too; ``entered_hours`` is what staff entered.
    """

    enrolment: Enrolment
    lessons: tuple[LessonState, ...]
    seconds_per_hour: int
    studied_ms: int
    entered_hours: Decimal = Decimal(0)

    @property
    def planned_hours(self) -> Decimal:
        return self.enrolment.training_class.planned_hours

    @property
    def studied_hours(self) -> Decimal:
        """Class hours of online study, two decimals, cut and never rounded up."""
        return hours_in(self.studied_ms, self.seconds_per_hour)

    @property
    def credited_hours(self) -> Decimal:
        """Class hours credited: online study, and what staff entered."""
        return self.studied_hours + self.entered_hours

    @property
    def lessons_done(self) -> int:
        return sum(state.done for state in self.lessons)

    @property
    def complete(self) -> bool:
        """The hours reach the planned ones, and every lesson is done.

        Hours entered by staff that reach the planned ones alone need no lesson: the
        person learnt in class, or on paper.
        """
        if self.entered_hours >= self.planned_hours:
            return True
        return (
            self.lessons_done == len(self.lessons)
            and self.credited_hours >= self.planned_hours
        )

    @property
    def missing_hours(self) -> Decimal:
        return max(Decimal(0), self.planned_hours - self.credited_hours)

    @property
    def missing_lessons(self) -> int:
        return len(self.lessons) - self.lessons_done

    def counts(self, state: LessonState) -> bool:
        """Say whether learning this lesson brings the enrolment on.

        A lesson done early goes on counting while class hours are missing. Where
        nothing is missing and yet nothing written down, because a lesson went or
        fewer hours are planned, any lesson serves to have it written down.
        """
        if self.enrolment.hours_met_on:
            return False
        return (
            not state.done
            or self.complete
            or bool(state.spare_ms and self.missing_hours)
        )

    @property
    def next_lesson(self) -> LessonState | None:
        """The first lesson not done, else the first that still counts."""
        counting = [state for state in self.lessons if self.counts(state)]
        return min(counting, key=lambda state: state.done, default=None)

    @property
    def percent(self) -> int:
        """Share of the time asked for, for the bar; 100 only when complete."""
        if self.complete or self.enrolment.hours_met_on:
            return 100
        per_hour_ms = self.seconds_per_hour * 1000
        planned_ms = int(self.planned_hours * per_hour_ms)
        asked_ms = max(planned_ms, sum(state.required_ms for state in self.lessons))
        credited_ms = self.studied_ms + int(self.entered_hours * per_hour_ms)
        return min(99, 100 * credited_ms // asked_ms)


def study_rule_on(day: dt.date) -> StudyRule:
    """Return the study time rule in force on a day."""
    return catalogue().rule_on(day)


def nominal_ms(lesson: LessonPage, seconds_per_hour: int) -> int:
    """Return the most a lesson can credit, in milliseconds."""
    return int(lesson.nominal_hours * seconds_per_hour * 1000)


def state_of(
    lesson: LessonPage, progress: LessonProgress | None, seconds_per_hour: int
) -> LessonState:
    """Return the state of one lesson; no progress row means not begun."""
    progress = progress or LessonProgress()
    kind, most_ms = lesson.lesson_kind, nominal_ms(lesson, seconds_per_hour)
    return LessonState(
        lesson=lesson,
        required_ms=kind.required_ms(lesson, most_ms),
        credited_ms=progress.credited_ms,
        spare_ms=kind.spare_ms(lesson, progress, most_ms),
        furthest_ms=progress.furthest_ms,
        end_reached=progress.end_reached,
        done=kind.is_done(lesson, progress, most_ms),
    )


def progress_of(enrolment: Enrolment, *, day: dt.date | None = None) -> Progress:
    """Return how far one enrolment is."""
    return progress_for([enrolment], day=day)[0]


def progress_for(
    enrolments: Iterable[Enrolment], *, day: dt.date | None = None
) -> list[Progress]:
    """Return how far each enrolment is, in a fixed number of queries.

    The enrolments come with their class.
    """
    enrolments = list(enrolments)
    taught = catalogue()
    rule = taught.rule_on(day or clock.today())
    rows = defaultdict(dict)
    for row in rows_of_enrolments(
        enrolments, of_person=_lessons_of, rows=LessonProgress.objects.all()
    ):
        rows[row.enrolment_id][row.lesson_id] = row
    entered = entered_hours(enrolments)
    return [
        Progress(
            enrolment=enrolment,
            lessons=tuple(
                state_of(
                    lesson, rows[enrolment.pk].get(lesson.pk), rule.seconds_per_hour
                )
                for lesson in taught.lessons_of(enrolment.training_class.programme_id)
            ),
            seconds_per_hour=rule.seconds_per_hour,
            studied_ms=sum(row.credited_ms for row in rows[enrolment.pk].values()),
            entered_hours=entered.get(enrolment.pk, Decimal(0)),
        )
        for enrolment in enrolments
    ]


def entered_hours(enrolments: Collection[Enrolment]) -> dict[int, Decimal]:
    """Return the class hours staff entered, by enrolment; none where there are none."""
    hours = defaultdict(Decimal)
    sums = HourEntry.objects.order_by().values("enrolment").annotate(hours=Sum("hours"))
    for entry in rows_of_enrolments(
        enrolments,
        of_person=_entries_of,
        rows=sums.values_list("enrolment_id", "hours", named=True),
    ):
        hours[entry.enrolment_id] += entry.hours
    return hours


def out_of_reach(classes: Iterable[TrainingClass]) -> list[HoursOutOfReach]:
    """Return a refusal for each class that plans more hours than it can credit.

    That is what its lessons give, and what is taught in person. A programme without
    lessons is taught in person and always within reach.
    """
    classes = list(classes)
    taught = catalogue()
    per_hour = taught.rule_on(clock.today()).seconds_per_hour
    given = {
        programme: hours_in(
            sum(state_of(page, None, per_hour).spare_ms for page in pages), per_hour
        )
        for programme in {one.programme_id for one in classes}
        if (pages := taught.lessons_of(programme))
    }
    return [
        HoursOutOfReach(given=given[one.programme_id], planned=one.planned_hours)
        for one in classes
        if one.programme_id in given
        and given[one.programme_id] + one.in_person_hours < one.planned_hours
    ]


def hours_in(milliseconds: int, seconds_per_hour: int) -> Decimal:
    """Return class hours, two decimals, cut and never rounded up."""
    hours = Decimal(milliseconds) / (1000 * seconds_per_hour)
    return hours.quantize(Decimal("0.01"), rounding=ROUND_FLOOR)
