"""The desk of a row: its figures, people, next step and papers on one page.

A desk is the inspect view of a viewset. An app above adds a part of its own with
``desk_section``, and acts with ``lms.backoffice.row_actions``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from django.db import models
from django.http import Http404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _

from lms.backoffice import row_actions
from lms.backoffice.desk_tables import EXPORT, DeskTable
from lms.backoffice.views import LocalInspectView
from lms.evidence import clock

# Stands for the key of a row in the address of its desk.
KEY = "9100000000000000000"


@dataclass(frozen=True)
class DeskSection:
    """A part of a desk: a heading, and a template that is included with ``section``."""

    heading: str | Promise
    template: str
    context: dict = field(default_factory=dict)
    anchor: str = ""

    @property
    def table(self) -> DeskTable | None:
        """Return the table of the part, where it has one."""
        return self.context.get("table")


@dataclass(frozen=True)
class Step:
    """One state on the line of states of a row."""

    label: str | Promise
    is_done: bool = False
    is_current: bool = False


@dataclass(frozen=True)
class Link:
    """A way to another page or paper, in words."""

    label: str | Promise
    url: str
    is_primary: bool = False


@dataclass(frozen=True)
class Note:
    """A sentence at the top of a desk, and where something is done about it.

    ``tone`` is info, success, warning or critical.
    """

    text: str | Promise
    tone: str = "warning"
    links: tuple[Link, ...] = ()


_SECTIONS: dict[type[models.Model], list[tuple[int, Callable]]] = {}


def desk_section(model: type[models.Model], *, order: int = 100):
    """Register ``function(request, row) -> DeskSection | None`` for a model's desk.

    It names only what the user may see, and costs a fixed number of queries. Parts
    of an order below 0 stand before those of the desk's own app.
    """

    def register(function):
        _SECTIONS.setdefault(model, []).append((order, function))
        return function

    return register


def links_to(heading, rows, label=str, anchor: str = "") -> DeskSection | None:
    """Return a section of links to the desks of rows of one kind; None without rows."""
    links = [link_to(row, label(row)) for row in rows]
    if not links:
        return None
    return DeskSection(heading, "backoffice/_links.html", {"links": links}, anchor)


def table_of(
    heading, labels: Sequence, rows: Iterable[Sequence], anchor: str = ""
) -> DeskSection | None:
    """Return a section of rows under labels; a cell is a text, a date or a ``Link``.

    None without rows. With an anchor it can be exported.
    """
    table = DeskTable(anchor, labels, list(rows), cells=tuple)
    return section_of(heading, table) if table.objects else None


def section_of(heading, table: DeskTable, **context) -> DeskSection:
    """Return a section with a table; the rest of the context is for a template."""
    template = context.pop("template", "backoffice/_table.html")
    return DeskSection(heading, template, {"table": table} | context, table.name)


def link_to(row, label=None) -> Link:
    """Return the way to the desk of a row."""
    return Link(str(row) if label is None else label, desk_url(row))


def desk_url(row: models.Model) -> str:
    """Return the address of the desk of a row."""
    name = row.snippet_viewset.get_url_name("inspect")
    return _desk_pattern(name).replace(KEY, str(row.pk))


@cache
def _desk_pattern(name):
    """Return the address with ``KEY`` for the key: a table asks for some thousand."""
    return reverse(name, args=[KEY])


class DeskView(LocalInspectView):
    """The desk of one row. A subclass says what stands on it.

    Of the acts that are primary, the first that is possible is the one in colour.
    """

    template_name = "backoffice/desk.html"

    def get(self, request, *args, **kwargs):
        if name := request.GET.get(EXPORT):
            return self.export(name)
        return super().get(request, *args, **kwargs)

    def export(self, name):
        """Return the sheet of a table as the screen shows it."""
        for one in self.sections:
            if one.table and one.table.name == name:
                named = f"{self.model._meta.verbose_name}-{self.object.pk}"
                return one.table.workbook(
                    str(one.heading), f"{named}-{one.heading}-{clock.today()}"
                )
        raise Http404

    def get_facts(self) -> list[tuple[str, object]]:
        """Return label and value of each fact of the row, shown at the top."""
        return [(one["label"], one["value"]) for one in self.get_fields_context()]

    def get_steps(self) -> list[Step]:
        """Return the line of states, from first to last; empty where there is none."""
        return []

    def get_notes(self) -> list[Note]:
        """Return what is missing or wrong, each with what to do."""
        return []

    def get_sections(self) -> list[DeskSection]:
        """Return the parts of the desk that its own app shows."""
        return []

    def get_links(self) -> list[Link]:
        """Return the pages on which more can be done about the row."""
        edit_url = self.get_edit_url()
        return [Link(_("Edit"), edit_url)] if edit_url else []

    def get_papers(self) -> list[Link]:
        """Return what can be printed or downloaded."""
        return []

    def get_context_data(self, **kwargs):
        row, request = self.object, self.request
        actions = row_actions.buttons(row, request.user, self.model.snippet_viewset)
        listed = [pair for pair in actions if pair[0].is_listed]
        primary = [pair for pair in listed if pair[0].is_primary][:1]
        others = [pair for pair in listed if pair not in primary]
        return super().get_context_data(
            facts=self.get_facts(),
            steps=self.get_steps(),
            notes=self.get_notes(),
            sections=self.sections,
            primary_actions=primary,
            other_actions=[pair for pair in others if not pair[0].is_final],
            final_actions=[pair for pair in others if pair[0].is_final],
            links=[*self.get_links(), *self.get_papers()],
            **kwargs,
        )

    @cached_property
    def sections(self) -> list[DeskSection]:
        """The parts of the own app and those that apps above add, in their order."""
        own = [(0, self.get_sections)]
        added = [
            (order, lambda part=part: [part(self.request, self.object)])
            for order, part in _SECTIONS.get(self.model, ())
        ]
        parts = sorted([*own, *added], key=lambda entry: entry[0])
        found = [one for _order, part in parts for one in part() if one]
        sections = [
            one if one.anchor else replace(one, anchor=f"part-{number}")
            for number, one in enumerate(found, 1)
        ]
        for one in sections:
            if one.table:
                one.table.asked = self.request.GET.get(one.table.name, "")
        return sections

    def get_page_title(self):
        return str(self.object)

    def get_page_subtitle(self):
        return ""

    def get_breadcrumbs_items(self):
        listing = [one for one in super().get_breadcrumbs_items() if one["url"]]
        if self.get_edit_url():
            listing.pop()  # the form is a button of the desk
        return [*listing, {"url": "", "label": self.get_page_title()}]
