"""Hooks by which apps show their rows on pages of other apps."""

from dataclasses import dataclass


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
