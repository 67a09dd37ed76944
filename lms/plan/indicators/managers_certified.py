from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certificates.services.official_facts import LEGACY as SAFETY_OFFICER
from lms.people.models import Role
from lms.plan.indicators.holding import fits_role
from lms.plan.indicators.registry import register
from lms.plan.indicators.role_certificates import RoleCertificates


class ManagersCertified(RoleCertificates):
    """IND-06b. A 安全主任 certificate has no role of its own; it fits managers."""

    code = "IND-06b"
    name = _("certificate-holding rate of safety managers")
    definition = _(
        "Safety managers of enterprises on the date shown who hold a fitting "
        "certificate valid that day, out of all safety managers. High-hazard "
        "enterprises need the safety knowledge and management certificate; others may "
        "also show a training proof for the role or a safety officer certificate."
    )
    role = Role.SAFETY_MANAGER
    certificates = fits_role(role) | Q(kind__code=SAFETY_OFFICER)


register(ManagersCertified())
