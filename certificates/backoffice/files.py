"""What certificates add to the files of a person and of an organisation."""

from django.utils.translation import gettext as _

from certificates.backoffice.recorded import DECISION
from certificates.models import Certificate
from certificates.models.status import Status
from certificates.views.presentation import subject_label
from lms.backoffice.desks import Link, desk_section, link_to, table_of
from lms.backoffice.row_actions import actions_for, address_of
from lms.evidence import clock
from lms.people.backoffice.places import posts_today
from lms.people.models import Organisation, Person

SOON = 90  # days


@desk_section(Person, order=40)
def certificates_of_person(request, person):
    """All certificates of a person that the user sees, the newest first."""
    if not request.user.has_perm("certificates.view_certificate"):
        return None
    held = person.certificates.visible_to(request.user).for_listing()
    rows = list(held.with_status_on(clock.today()))
    columns = _columns(rows)
    if any(acts := [_decision(row, request.user) for row in rows]):
        columns[""] = acts
    return _table(_("Certificates"), columns)


@desk_section(Organisation, order=10)
def certificates_of_organisation(request, organisation):
    """What runs out soon, of the people in post today."""
    if not request.user.has_perm("certificates.view_certificate"):
        return None
    today = clock.today()
    posts = posts_today(request.user, today).filter(organisation=organisation)
    rows = Certificate.objects.visible_to(request.user).for_listing()
    rows = rows.with_status_on(today).runs_out_within(today, days=SOON)
    rows = rows.filter(person__in=posts.values("person")).order_by("valid_to", "pk")
    heading = _("Certificates that run out within %(days)s days") % {"days": SOON}
    rows = list(rows)
    holders = {_("Name"): [link_to(row.person) for row in rows]}
    return _table(heading, holders | _columns(rows))


def _decision(row, user):
    """The way to what an authority decides of a recorded certificate, or nothing."""
    for action in actions_for(row, user):
        if action.name == DECISION:
            return Link(f"{action.label}…", address_of(row, DECISION))
    return None


def _columns(rows):
    """What a table says of certificates, by label."""
    return {
        _("number"): [link_to(row, row.number or str(row.kind)) for row in rows],
        _("kind"): [str(row.kind) for row in rows],
        _("subject"): [subject_label(row) for row in rows],
        _("Valid to"): [row.valid_to or _("without end") for row in rows],
        _("status"): [Status(row.status).label for row in rows],
    }


def _table(heading, columns):
    return table_of(heading, tuple(columns), zip(*columns.values(), strict=True))
