from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self):
        from courses.services.acts import ACTS
        from lms.evidence.audit import register_acts

        register_acts(ACTS)
        autodiscover_modules("learn_panels")
