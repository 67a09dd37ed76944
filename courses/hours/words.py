"""Class hours in words."""

from decimal import Decimal

from django.utils.translation import gettext as _


def class_hours(hours: Decimal) -> str:
    """Return class hours with their unit, without trailing zeros."""
    number = f"{hours:.2f}".rstrip("0").rstrip(".")
    return _("%(hours)s class hours") % {"hours": number}
