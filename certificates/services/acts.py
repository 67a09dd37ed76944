"""The acts on certificates and their rules that are recorded."""

from django.utils.translation import gettext_lazy as _

from certificates.models import CertificateKind, Issuer, ProgrammeProof, RuleSet
from lms.evidence.audit import row_acts

ACTS = {
    "certificate.cancel": _("certificate cancelled"),
    "certificate.change_recorded": _("recorded certificate changed"),
    "certificate.forgery": _("forged proof shown"),
    "certificate.issue_batch": _("proofs issued"),
    "certificate.record": _("official certificate recorded"),
    "certificate.reinstate": _("certificate reinstated"),
    "certificate.reissue": _("certificate issued again"),
    "certificate.revoke": _("certificate revoked"),
    "certificate.suspend": _("certificate suspended"),
    **row_acts(CertificateKind, Issuer, ProgrammeProof, RuleSet),
}
