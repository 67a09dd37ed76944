from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certificates.services.official_facts import LEGACY as SAFETY_OFFICER
from lms.people.models import Role
from lms.plan.indicators.registry import register
from lms.plan.indicators.role_training import RoleTraining


class ManagersTrained(RoleTraining):
    """IND-03b. A 安全主任 first issued in W(D) proves the training too."""

    code = "IND-03b"
    name = _("training rate of safety managers")
    definition = _(
        "Safety managers of enterprises on the date shown who completed training for "
        "the role, of the class their enterprise needs, since the first day of the "
        "plan, out of all safety managers that day. A safety officer certificate "
        "(安全主任) first issued in the plan's years counts too."
    )
    role = Role.SAFETY_MANAGER
    certificates = Q(kind__code=SAFETY_OFFICER)


MANAGERS = register(ManagersTrained())
