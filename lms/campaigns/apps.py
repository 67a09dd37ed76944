from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "lms.campaigns"
    verbose_name = _("campaigns and articles")

    def ready(self):
        from lms.campaigns import receivers  # noqa: F401 - connects the signals
