"""What the site tells a signed-in person, unasked.

An app declares each notice where its rows are, with ``notice``; pages ask by place.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Place(StrEnum):
    """Where a notice stands: first on every worker page, or on one page."""

    EVERY_PAGE = "every_page"
    START_PAGE = "start_page"
    OWN_ACCOUNT = "own_account"


@dataclass(frozen=True, slots=True)
class Notice:
    """A template, included with ``panel`` as its context and with nothing else.

    ``action`` has the fields of ``components/action.html``. That of the first notice
    on every page is shown instead of the page's own, so that a screen has one.
    """

    template: str
    context: dict = field(default_factory=dict)
    action: object | None = None


_sources: list[tuple[int, frozenset[Place], Callable]] = []


def notice(*places: Place, order: int = 100):
    """Register ``function(request) -> Notice | None`` for persons who signed in.

    It is asked at most once a request, and costs a fixed number of queries.
    """

    def register(function):
        _sources.append((order, frozenset(places), function))
        return function

    return register


def notices_at(request, place: Place) -> list[Notice]:
    """Return what the person is told at a place, in order."""
    if not request.user.is_authenticated or request.user.person_id is None:
        return []
    asked = request.__dict__.setdefault("_notices", {})
    found = []
    for _order, places, function in sorted(_sources, key=lambda entry: entry[0]):
        if place in places:
            if function not in asked:
                asked[function] = function(request)
            found.append(asked[function])
    return [one for one in found if one is not None]


def first_notice(request) -> Notice | None:
    """Return the notice that stands first on every page, or None."""
    return next(iter(notices_at(request, Place.EVERY_PAGE)), None)
