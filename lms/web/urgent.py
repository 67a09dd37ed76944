"""What stands first on every worker page while it lasts, such as a running exam.

An app registers a function at start-up; the layout of worker pages asks them all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Urgent:
    """A template for the head of the page, its context, and the one action.

    ``action`` has the fields of ``components/action.html``.
    """

    template: str
    action: object
    context: dict = field(default_factory=dict)


_sources: list[Callable] = []


def urgent_source(function):
    """Register ``function(request) -> Urgent | None`` for signed-in persons."""
    _sources.append(function)
    return function


def urgent_of(request) -> Urgent | None:
    """Return the first urgent thing of the person, asked once a request."""
    if not hasattr(request, "_urgent"):
        found = (source(request) for source in _sources if _has_person(request))
        request._urgent = next((one for one in found if one), None)
    return request._urgent


def _has_person(request):
    return request.user.is_authenticated and request.user.person_id is not None
