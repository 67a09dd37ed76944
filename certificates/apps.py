from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"

    def ready(self):
        from certificates import checks, receivers  # noqa: F401 - registers; connects
        from certificates.models import CertificateKind, ProgrammeProof
        from certificates.pdf import glyphs
        from certificates.services.acts import ACTS
        from certificates.services.expected import SUBJECT
        from certificates.views import panels  # noqa: F401 - registers
        from lms.access.groups import ALL, BASE, OFFICER, VIEW, grants
        from lms.evidence.audit import register_acts
        from lms.evidence.data_versions import register_source
        from lms.people.identity.numbers import NAME_PRINTERS

        NAME_PRINTERS.append(glyphs.missing_glyphs)
        register_acts(ACTS)
        register_source(SUBJECT, ProgrammeProof, CertificateKind)
        grants("certificates", {BASE: ALL, OFFICER: VIEW})
