from django.templatetags.static import static
from django.utils.html import format_html_join
from wagtail import hooks
from wagtail.admin.ui.components import Component

from lms.backoffice.hooks import TodayItem

# Wagtail's own panels tell an editor of pages; here the day's work comes first.
NOISE = ("UpgradeNotificationPanel", "WhatsNewInWagtailVersionPanel")
HIDDEN_MENU = ("help", "reports", "users")
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


@hooks.register("insert_global_admin_css")
def desk_css():
    sheets = ("css/admin-today.css", "css/admin-desk.css")
    return format_html_join(
        "", '<link rel="stylesheet" href="{}">', ((static(one),) for one in sheets)
    )
