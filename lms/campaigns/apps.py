from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

FILES = {
    "wagtailimages": ["add_image", "change_image", "choose_image"],
    "wagtaildocs": ["add_document", "change_document", "choose_document"],
}
WRITING = ["add_page", "change_page"]
PUBLISHING = ["publish_page", "lock_page", "unlock_page"]


class CampaignsConfig(AppConfig):
    name = "lms.campaigns"
    verbose_name = _("campaigns and articles")

    def ready(self):
        from wagtail.models import PageViewRestriction, Site

        from lms.access.groups import (
            ALL,
            BASE,
            EDITOR,
            REVIEWER,
            WRITE,
            grants,
            page_grants,
        )
        from lms.campaigns import receivers  # noqa: F401 - connects the signals
        from lms.campaigns.models.restrictions import SUBJECT
        from lms.campaigns.models.site import FACTS, SiteFacts
        from lms.campaigns.services.acts import ACTS
        from lms.evidence.audit import register_acts
        from lms.evidence.data_versions import register_source

        register_acts(ACTS)
        register_source(SUBJECT, PageViewRestriction)
        register_source(FACTS, SiteFacts, Site)

        grants("campaigns", {EDITOR: WRITE, REVIEWER: ALL})
        for label, codenames in FILES.items():
            grants(label, dict.fromkeys((BASE, EDITOR, REVIEWER), codenames))
        page_grants(EDITOR, WRITING)
        page_grants(REVIEWER, [*WRITING, *PUBLISHING])
