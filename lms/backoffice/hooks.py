"""What apps tell of their rows on pages that are not theirs, by two hooks."""

from dataclasses import dataclass

from django.urls import reverse
from wagtail import hooks

RELATED = "register_related_rows"
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
class RelatedRows:
    """What else there is about a row, on its page: a heading, and links in words.

        @hooks.register("register_related_rows")
        def rows_of(request, row) -> Iterable[RelatedRows]: ...

    A hook answers for the kinds it knows, and names only what the user may see.
    """

    heading: str
    links: list[tuple[str, str]]


def related_rows(request, row) -> list[RelatedRows]:
    """Return what all apps have about a row, without what is empty."""
    answers = [answer(request, row) for answer in hooks.get_hooks(RELATED)]
    return [rows for answer in answers for rows in answer if rows.links]


def links_to(rows, label=str) -> list[tuple[str, str]]:
    """Return each row of one kind in words, and the page that shows it."""
    name = rows.model.snippet_viewset.get_url_name("inspect")
    return [(label(row), reverse(name, args=[row.pk])) for row in rows]


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
