"""Hooks by which apps show their rows on pages of other apps."""

from dataclasses import dataclass

from wagtail import hooks

COLUMNS = "register_class_columns"


@dataclass(frozen=True)
class TodayItem:
    """One thing that waits for somebody: shown on the home page while count > 0.

        @hooks.register("register_today_items")
        def waiting(request) -> list[TodayItem]: ...

    A hook asks only what the user may act on, by one cheap query each.
    """

    count: int
    label: str
    url: str
    icon: str = "tasks"


@dataclass(frozen=True)
class ClassColumn:
    """A column of the people of a class: its heading, and a text by enrolment.

        @hooks.register("register_class_columns")
        def proofs(request, enrolments) -> ClassColumn | None: ...

    The enrolments are those the user sees; a hook asks for all of them at once.
    """

    heading: str
    texts: dict[int, str]


def class_columns(request, enrolments) -> list[ClassColumn]:
    """Return what other apps show about the people of a class."""
    answers = [answer(request, enrolments) for answer in hooks.get_hooks(COLUMNS)]
    return [column for column in answers if column]
