"""What other apps show on 我的培训, without courses knowing of them.

An app puts functions into ``views/panels.py``, which its ``AppConfig`` imports. A
panel is a template and its context, included with ``only``.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from courses.models import Enrolment


@dataclass(frozen=True, slots=True)
class Action:
    """What to do next: the words on a button, and where it leads."""

    label: str
    href: str
    icon: str = "exam"
    primary: bool = True


@dataclass(frozen=True, slots=True)
class Panel:
    """A template to include as ``panel.template`` with ``panel``.

    ``action`` is the way on once there is nothing left to learn.
    """

    template: str
    context: dict = field(default_factory=dict)
    action: Action | None = None


_enrolment_panels: list[tuple[int, Callable]] = []
_outcome_panels: list[tuple[int, Callable]] = []


def enrolment_panel(*, order: int = 100):
    """Register ``function(request, enrolments, now) -> {enrolment id: Panel}``.

    The enrolments are of the person who signed in. It is asked once for a whole page,
    so that the number of queries stays fixed.
    """

    def register(function):
        _enrolment_panels.append((order, function))
        return function

    return register


def outcome_panel(*, order: int = 100):
    """Register ``function(enrolment) -> list[Panel]``: what an exam passed brings.

    It says what comes, when, or why nothing does; the person and staff read the same.
    """

    def register(function):
        _outcome_panels.append((order, function))
        return function

    return register


def panels_by_enrolment(
    request, enrolments: Iterable[Enrolment], now: dt.datetime
) -> dict[int, list[Panel]]:
    """Return the panels of each enrolment, in order."""
    enrolments = list(enrolments)
    found = {enrolment.pk: [] for enrolment in enrolments}
    for _order, function in sorted(_enrolment_panels, key=lambda entry: entry[0]):
        for pk, panel in function(request, enrolments, now).items():
            found[pk].append(panel)
    return found


def panels_of_outcome(enrolment: Enrolment) -> list[Panel]:
    """Return what a passed enrolment brings, in order."""
    ordered = sorted(_outcome_panels, key=lambda entry: entry[0])
    return [panel for _order, function in ordered for panel in function(enrolment)]
