from django.utils.translation import gettext_lazy as _

from lms.people.models import Role
from lms.plan.indicators.holding import fits_role
from lms.plan.indicators.registry import register
from lms.plan.indicators.role_certificates import RoleCertificates


class PrincipalsCertified(RoleCertificates):
    """IND-06a."""

    code = "IND-06a"
    name = _("certificate-holding rate of principals")
    definition = _(
        "Principals of enterprises on the date shown who hold a fitting certificate "
        "valid that day, out of all principals. High-hazard enterprises need the "
        "safety knowledge and management certificate; others may also show a training "
        "proof for the role."
    )
    role = Role.PRINCIPAL
    certificates = fits_role(role)


register(PrincipalsCertified())
