from django.utils.translation import gettext_lazy as _

from lms.plan.indicators.base import NotComputed
from lms.plan.indicators.registry import register


class StaffToStandard(NotComputed):
    """IND-04."""

    code = "IND-04"
    name = _("enterprise staff trained to standard")
    reason = _(
        "It sets every role of each person against the headcount that the "
        "enterprises declared; the system does not compute this yet."
    )


register(StaffToStandard())
