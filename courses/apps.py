from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self):
        from wagtail.models import Page, Site

        from courses.hours.catalogue import SUBJECT
        from courses.models import CoursePage, LessonPage, StudyRule
        from courses.services.acts import ACTS
        from lms.access.groups import ALL, BASE, OFFICER, VIEW, grants, page_grants
        from lms.evidence.audit import register_acts
        from lms.evidence.data_versions import register_source

        links = CoursePage.programmes.through
        register_source(SUBJECT, Page, Site, CoursePage, LessonPage, links, StudyRule)
        register_acts(ACTS)
        grants("courses", {BASE: ALL, OFFICER: VIEW})
        page_grants(BASE, ["add_page", "change_page", "publish_page"])
