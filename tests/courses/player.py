"""A phone that plays a lesson, and the lessons there are to play."""

import datetime as dt
from decimal import Decimal

from courses.models import StudyEntry
from courses.services.study import Beat, heartbeat, start_session

NOW = dt.datetime(2026, 5, 4, 1, tzinfo=dt.UTC)
VIDEO = {"kind": "video", "duration_seconds": 60, "nominal_hours": Decimal("0.02")}
FILM = {"kind": "video", "duration_seconds": 2700, "nominal_hours": Decimal(1)}
ARTICLE = {"nominal_hours": Decimal(1), "minimum_seconds": 90}


def at(seconds):
    return NOW + dt.timedelta(seconds=seconds)


class Player:
    """A phone that reports honestly unless told otherwise."""

    def __init__(self, enrolment, lesson, start=0):
        self.session = start_session(enrolment, lesson=lesson, now=at(start))
        self.seq = 0

    def beat(self, second, position, **fields):
        self.seq = fields.pop("seq", self.seq + 1)
        beat = Beat(self.seq, int(position * 1000), **fields)
        return heartbeat(self.session, beat=beat, now=at(second))


def credited():
    return sum(StudyEntry.objects.values_list("credited_ms", flat=True)) / 1000
