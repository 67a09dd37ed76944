from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"

    def ready(self):
        from exams import receivers  # noqa: F401 - connects the signals
        from exams.services.acts import ACTS
        from exams.views import panels  # noqa: F401 - registers
        from lms.access.groups import ALL, BASE, grants
        from lms.evidence.audit import register_acts

        register_acts(ACTS)
        grants("exams", {BASE: ALL})
