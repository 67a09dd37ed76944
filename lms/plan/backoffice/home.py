from django.forms import Media
from wagtail.admin.ui.components import Component

from lms.plan.dashboard.strip import Strip


class PlanPanel(Component):
    """The plan in one strip, on the home page below what waits today."""

    name = "plan"
    template_name = "plan/home.html"
    order = 20
    media = Media(css={"all": ["css/admin-plan.css"]})

    def __init__(self, strip: Strip):
        self.strip = strip

    def get_context_data(self, parent_context):
        return {"strip": self.strip}
