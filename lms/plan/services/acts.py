"""The acts on the plan that are recorded."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    "plan.snapshot": _("figures of the plan frozen"),
}
