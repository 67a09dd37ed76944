from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"

    def ready(self):
        from exams import receivers  # noqa: F401 - connects the signals
        from exams.services.acts import ACTS
        from lms.evidence.audit import register_acts

        register_acts(ACTS)
