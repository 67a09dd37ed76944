from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self):
        from courses.services.acts import ACTS
        from lms.access.groups import ALL, BASE, OFFICER, VIEW, grants, page_grants
        from lms.evidence.audit import register_acts

        register_acts(ACTS)
        grants("courses", {BASE: ALL, OFFICER: VIEW})
        page_grants(BASE, ["add_page", "change_page", "publish_page"])
