"""Cells of tables of people, the same on every desk."""

from lms.backoffice.desk_tables import Cell
from lms.backoffice.desks import link_to
from lms.people.backoffice.places import file_url
from lms.people.models import Organisation, Person


def person_cell(person: Person, user) -> Cell:
    """Return the name with the masked number; it opens the file of the person.

    The person comes with ``posts_today``.
    """
    return Cell(person.name, file_url(person, user) or "", note=person.id_masked)


def unit_cell(organisation: Organisation | None, user) -> Cell | str:
    """Return an employer with its town; it opens the file of the organisation."""
    if organisation is None:
        return ""
    may_view = user.has_perm("people.view_organisation")
    url = link_to(organisation).url if may_view else ""
    return Cell(organisation.name, url, note=str(organisation.town))
