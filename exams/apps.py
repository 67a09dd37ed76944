from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"

    def ready(self):
        from . import receivers  # noqa: F401 - connects the signals
