"""What a kind of lesson says of itself, and the list of the kinds there are."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from wagtail.admin.panels import MultiFieldPanel


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time between two heartbeats, as the phone reports it.

    ``passed_ms`` is the time by the server's clock, ``wall_ms`` as much of it as one
    heartbeat can credit. ``last_ms`` is the position of the heartbeat before.
    """

    position_ms: int
    last_ms: int
    passed_ms: int
    wall_ms: int
    visible: bool
    playing: bool


class LessonKind(ABC):
    """One kind of lesson: what it asks for, what counts as done, what is shown.

    ``lesson`` is a lesson page, ``progress`` its row of progress; times are in
    milliseconds, ``nominal_ms`` is the most the lesson can credit.
    """

    code: str
    label: str
    # Says to the learner when the lesson is done.
    done_when: str
    # A template for what stands above the text; it is given ``page``.
    template = ""
    # Fields of the page whose files learners may load.
    files: tuple[str, ...] = ()
    # Panels of the page's form, and constraints of its table, for this kind alone.
    panels: tuple = ()
    constraints: tuple = ()
    # Whether a button can credit the time where there is no script.
    counts_without_script = False

    @abstractmethod
    def required_ms(self, lesson, nominal_ms: int) -> int:
        """Return the time the lesson asks for before it is done."""

    @abstractmethod
    def reached_end(self, lesson, progress) -> bool:
        """Say whether the learner has come to the end of the lesson."""

    @abstractmethod
    def learnt_ms(self, lesson, progress, stretch: Stretch, *, done: bool) -> int:
        """Return how much of a stretch was learning."""

    def spare_ms(self, lesson, progress, nominal_ms: int) -> int:
        """Return the time the lesson can still credit."""
        return max(0, nominal_ms - progress.credited_ms)

    def is_done(self, lesson, progress, nominal_ms: int) -> bool:
        """Say whether the lesson is done: time enough, and its end reached."""
        if progress.completed_at:
            return True
        enough = progress.credited_ms >= self.required_ms(lesson, nominal_ms)
        return enough and self.reached_end(lesson, progress)

    def start_ms(self, progress) -> int:
        """Return the position at which a new session goes on."""
        return 0

    def furthest_ms(self, progress, learnt_ms: int) -> int:
        """Return the furthest position once a stretch was learnt."""
        return progress.furthest_ms

    def seek_back_ms(self, progress, position_ms: int, *, done: bool) -> int | None:
        """Return where a player that ran ahead must go back to; None: nowhere."""
        return None


_kinds: dict[str, LessonKind] = {}


def register(kind: type[LessonKind]) -> type[LessonKind]:
    """Add a kind to the list; the decorator of each kind's class."""
    _kinds[kind.code] = kind()
    return kind


def lesson_kind(code: str) -> LessonKind:
    """Return the kind with a code."""
    return _kinds[code]


def lesson_kind_choices():
    """Return the choices of the field ``kind`` of a lesson page."""
    return [(kind.code, kind.label) for kind in _kinds.values()]


def lesson_panels() -> list:
    """Return the panels each kind adds to the form of a lesson page."""
    return [
        MultiFieldPanel(list(kind.panels), heading=kind.label)
        for kind in _kinds.values()
        if kind.panels
    ]


def lesson_constraints() -> list:
    """Return the constraints each kind adds to the table of lesson pages."""
    return [one for kind in _kinds.values() for one in kind.constraints]
