from django.utils.translation import gettext_lazy as _

from lms.plan.indicators.base import NotComputed
from lms.plan.indicators.registry import register


class HeadsHealthTrained(NotComputed):
    """IND-05a."""

    code = "IND-05a"
    name = _("occupational-health training of heads")
    reason = _(
        "It is about enterprises with dust or high toxicity, and a training "
        "of its own for their heads; the system does not compute this yet."
    )


register(HeadsHealthTrained())
