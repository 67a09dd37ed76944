from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"

    def ready(self):
        from . import checks, receivers  # noqa: F401 - registers; connects the signals
