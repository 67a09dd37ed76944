from django.db import models
from django.utils.translation import gettext_lazy as _


class Access(models.TextChoices):
    """How far a signed-in user sees (S3.1)."""

    SELF = "SELF", _("own record")
    ORGANISATION = "ORGANISATION", _("own organisation")
    TOWN = "TOWN", _("own town")
    CITY = "CITY", _("whole city")
