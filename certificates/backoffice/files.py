"""What certificates add to the files of a person and of an organisation."""

from django.utils.translation import gettext as _

from certificates.models import Certificate
from certificates.models.status import Status
from certificates.views.presentation import subject_label
from lms.backoffice.desks import desk_section, link_to, table_of
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
    return _table(_("Certificates"), held.with_status_on(clock.today()))


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
    return _table(heading, rows, with_holder=True)


def _table(heading, rows, *, with_holder=False):
    labels = (_("number"), _("kind"), _("subject"), _("Valid to"), _("status"))
    lines = [
        (
            link_to(row, row.number or str(row.kind)),
            str(row.kind),
            subject_label(row),
            row.valid_to or _("without end"),
            Status(row.status).label,
        )
        for row in rows
    ]
    if with_holder:
        labels = (_("Name"), *labels)
        lines = [
            (link_to(row.person), *line) for row, line in zip(rows, lines, strict=True)
        ]
    return table_of(heading, labels, lines)
