"""Scope of imports: which rows an account may write.

An account that sees only some organisations writes for those, for its own town, and
about persons who have a post there. Every other row is refused and recorded in the
audit log, also in a dry run, so that the scope cannot be probed without a trace.
"""

from typing import NamedTuple

from django.db.models import Model
from django.utils.translation import gettext as _

from lms.evidence.audit import record_import, record_refusals
from lms.people.models import Organisation, Person, Town
from lms.people.services.lookup import PersonResolver, chunks, scope_of
from lms.sheets.bulk_writes import refresh_statistics
from lms.sheets.row_imports import RowImport
from lms.sheets.workbooks import SheetRow


class Refused(NamedTuple):
    """Why a row is refused, as ``ImportReport.reject`` takes it."""

    column: str
    code: str
    message: str


class ScopedImport(RowImport):
    """A row import that writes only what its actor may; ``slug`` is its name."""

    slug = ""
    # The tables an import fills, and with how many rows plans may turn out otherwise.
    fills: tuple[type[Model], ...] = ()
    MANY = 1000

    def __init__(self, sheet, report, *, actor=None):
        super().__init__(sheet, report, actor=actor)
        self.scope = scope_of(actor)
        self.town_id = None
        if self.scope is not None:
            self.town_id = actor.town_id or getattr(actor.organisation, "town_id", None)

    def written(self):
        record_import(self.slug, self.report, actor=self.actor)
        if self.fills and self.report.created + self.report.updated >= self.MANY:
            refresh_statistics(*self.fills)

    def finish(self):
        record_refusals(self.report, self.actor)

    def check_organisation(
        self, row: SheetRow, organisation: Organisation | None
    ) -> None:
        """Refuse a row of an organisation that the actor does not see."""
        for refusal in self.refusals_of(organisation):
            self.report.reject(row.number, *refusal)

    def refusals_of(self, organisation: Organisation | None) -> list[Refused]:
        """Return why a row of an organisation is refused, if it is."""
        if self.scope is None or organisation is None or organisation.pk in self.scope:
            return []
        message = _("You may write for organisations you see only.")
        return [Refused("统一社会信用代码", "not_your_organisation", message)]

    def check_town(self, row: SheetRow, town: Town | None) -> None:
        """Refuse a row of a town that is not the actor's."""
        if self.scope is None or town is None or town.pk == self.town_id:
            return
        message = _("This is not in your town.")
        self.report.reject(row.number, "镇街", "not_your_town", message)

    def check_place(self, row: SheetRow, organisation, town) -> None:
        """Refuse a row about nobody in particular that names no place of the actor's.

        Without a document number there is no person by whom to judge it.
        """
        if self.scope is not None and organisation is None and town is None:
            message = _("Name an organisation that you see, or your town.")
            self.report.reject(row.number, "镇街", "not_your_town", message)

    def check_persons(self, rows: list[SheetRow], persons: PersonResolver) -> None:
        """Refuse the rows of persons without a post where the actor sees.

        Whether such a person is on record at all does not show.
        """
        if self.scope is None:
            return
        known = {row.number: persons.person_of(row) for row in rows}
        seen = set()
        for chunk in chunks({pk for pk in known.values() if pk}):
            visible = Person.objects.visible_to(self.actor).filter(pk__in=chunk)
            seen.update(visible.values_list("pk", flat=True))
        message = _("You may write about people on your own rosters only.")
        for number, pk in known.items():
            if pk not in seen:
                persons.forget(number)
                self.report.reject(number, "证件号码", "not_your_person", message)
