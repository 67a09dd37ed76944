from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"

    def ready(self):
        from lms.people.identity import NAME_PRINTERS
        from lms.people.services.audit import register_acts

        from . import checks, fonts, receivers  # noqa: F401 - registers; connects
        from .audit import ACTS

        NAME_PRINTERS.append(fonts.missing_glyphs)
        register_acts(ACTS)
