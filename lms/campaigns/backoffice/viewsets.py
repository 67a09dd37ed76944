from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, ObjectList

from lms.backoffice.viewsets import BaseSnippetViewSet
from lms.campaigns.models import SiteFacts

SHOWN = ["hotline", "agency", "theme_year", "theme"]


class SiteFactsViewSet(BaseSnippetViewSet):
    """The facts of the site: changed as a draft, published by a second person."""

    model = SiteFacts
    icon = "site"
    menu_label = _("Names, hotline and annual theme")
    add_to_settings_menu = True
    list_display = [
        "hotline",
        "agency",
        "theme_year",
        "theme",
        "has_unpublished_changes",
    ]
    list_export = ["hotline", "agency", "theme_year", "theme"]
    inspect_view_fields = ["hotline", "agency", "theme_year", "theme"]
    edit_handler = ObjectList(
        [
            FieldPanel("hotline"),
            FieldPanel("agency"),
            FieldPanel("theme_year"),
            FieldPanel("theme"),
        ]
    )
