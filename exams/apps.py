from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"

    def ready(self):
        from exams import receivers  # noqa: F401 - connects the signals
        from exams.models import AnswerEntry, Attempt
        from exams.services.acts import ACTS
        from exams.views import panels  # noqa: F401 - registers
        from lms.access.groups import ALL, BASE, grants
        from lms.access.prepared_cursor import keep_plans_once_large
        from lms.evidence.audit import register_acts

        register_acts(ACTS)
        keep_plans_once_large(Attempt, AnswerEntry)
        grants("exams", {BASE: ALL})
