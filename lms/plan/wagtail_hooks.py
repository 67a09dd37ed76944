from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.evidence import clock
from lms.plan.backoffice.home import PlanPanel
from lms.plan.dashboard.strip import strip_for
from lms.plan.indicators import Scope


class ProgressMenuItem(MenuItem):
    def is_shown(self, request):
        return not Scope.of(request.user).closed


@hooks.register("register_admin_urls")
def register_progress_urls():
    return [path("plan/", include("lms.plan.backoffice.urls"))]


@hooks.register("register_admin_menu_item")
def register_progress_menu_item():
    return ProgressMenuItem(
        _("Plan progress"),
        reverse("plan_admin:dashboard"),
        name="plan-progress",
        icon_name="tasks",
        order=150,
    )


@hooks.register("construct_homepage_panels")
def show_the_plan(request, panels):
    if strip := strip_for(request.user, today=clock.today()):
        panels.append(PlanPanel(strip))
