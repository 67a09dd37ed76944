from django.utils.translation import gettext_lazy as _

from lms.plan.indicators.base import NotComputed
from lms.plan.indicators.registry import register


class ExposedWorkersTrained(NotComputed):
    """IND-05b."""

    code = "IND-05b"
    name = _("occupational-health training of exposed workers")
    reason = _(
        "It sets the exposed workers that the enterprises declared against "
        "a training of its own; the system does not compute this yet."
    )


register(ExposedWorkersTrained())
