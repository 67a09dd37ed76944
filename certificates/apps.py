from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"

    def ready(self):
        from lms.people.services.audit import register_acts

        from . import checks, receivers  # noqa: F401 - registers; connects the signals
        from .audit import ACTS

        register_acts(ACTS)
