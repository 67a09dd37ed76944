from django.utils.translation import gettext_lazy as _

from lms.people.models import Role
from lms.plan.indicators.registry import register
from lms.plan.indicators.role_training import RoleTraining


class PrincipalsTrained(RoleTraining):
    """IND-03a."""

    code = "IND-03a"
    name = _("training rate of principals")
    definition = _(
        "Principals of enterprises on the date shown who completed training for the "
        "role, of the class their enterprise needs, since the first day of the plan, "
        "out of all principals that day. Each person counts once."
    )
    role = Role.PRINCIPAL


PRINCIPALS = register(PrincipalsTrained())
