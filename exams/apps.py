from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"

    def ready(self):
        from lms.people.services.audit import register_acts

        from . import receivers  # noqa: F401 - connects the signals
        from .audit import ACTS

        register_acts(ACTS)
