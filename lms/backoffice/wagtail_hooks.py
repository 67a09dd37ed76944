from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.documents.wagtail_hooks import DocumentsMenuItem
from wagtail.images.wagtail_hooks import ImagesMenuItem

from lms.backoffice.bulk_actions import honest_actions
from lms.backoffice.hooks import TodayItem

# Wagtail's own panels tell an editor of pages; here the day's work comes first.
NOISE = ("UpgradeNotificationPanel", "WhatsNewInWagtailVersionPanel")
HIDDEN_MENU = ("help", "reports", "users")
# The menu has at most eight entries: these are also below 设置.
MOST_ENTRIES = 8
GIVE_WAY = ("documents", "images")
LAST = 1000


class TodayPanel(Component):
    """What waits today, from every app's ``register_today_items`` hook."""

    name = "today"
    template_name = "backoffice/today.html"
    order = 10

    def __init__(self, request):
        self.request = request

    def get_context_data(self, parent_context):
        items: list[TodayItem] = []
        for register in hooks.get_hooks("register_today_items"):
            items.extend(register(self.request))
        return {
            "items": [item for item in items if item.count],
            "user": self.request.user,
        }


# Last of all hooks: what Wagtail itself adds must be there to be taken away.
@hooks.register("construct_homepage_panels", order=LAST)
def put_today_first(request, panels):
    panels[:] = [panel for panel in panels if type(panel).__name__ not in NOISE]
    panels.insert(0, TodayPanel(request))


@hooks.register("construct_homepage_summary_items", order=LAST)
def hide_page_counts(request, items):
    items.clear()


@hooks.register("construct_main_menu", order=LAST)
@hooks.register("construct_settings_menu", order=LAST)
def hide_menu_noise(request, items):
    items[:] = [item for item in items if item.name not in HIDDEN_MENU]


@hooks.register("construct_main_menu", order=LAST + 1)
def keep_the_menu_short(request, items):
    if len(items) > MOST_ENTRIES:
        items[:] = [item for item in items if item.name not in GIVE_WAY]


@hooks.register("register_settings_menu_item")
def images_in_settings():
    return ImagesMenuItem(
        _("Images"), reverse("wagtailimages:index"), name="images", icon_name="image"
    )


@hooks.register("register_settings_menu_item")
def documents_in_settings():
    return DocumentsMenuItem(
        _("Documents"),
        reverse("wagtaildocs:index"),
        name="documents",
        icon_name="doc-full-inverse",
    )


# Last: of two acts of one name the later one counts.
for action in honest_actions():
    hooks.register("register_bulk_action", action, order=LAST)


@hooks.register("insert_global_admin_css")
def desk_css():
    sheets = ("css/admin-today.css", "css/admin-desk.css")
    return format_html_join(
        "", '<link rel="stylesheet" href="{}">', ((static(one),) for one in sheets)
    )


@hooks.register("insert_global_admin_js")
def keep_drafts_of_forms():
    return render_to_string("backoffice/form_draft.html")
