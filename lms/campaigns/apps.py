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
        from wagtail.documents import get_document_model
        from wagtail.images import get_image_model
        from wagtail.models import PageViewRestriction, Site, get_page_models

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
        from lms.campaigns.models import SiteFacts, kept, restrictions
        from lms.campaigns.services.acts import ACTS
        from lms.evidence.audit import register_acts
        from lms.evidence.data_versions import register_source

        register_acts(ACTS)
        register_source(restrictions.SUBJECT, PageViewRestriction)
        files = get_image_model(), get_document_model()
        pages = Site, *get_page_models(), PageViewRestriction, *files
        register_source(kept.SUBJECT, SiteFacts, *pages)

        grants("campaigns", {EDITOR: WRITE, REVIEWER: ALL})
        for label, codenames in FILES.items():
            grants(label, dict.fromkeys((BASE, EDITOR, REVIEWER), codenames))
        page_grants(EDITOR, WRITING)
        page_grants(REVIEWER, [*WRITING, *PUBLISHING])
