from certificates.register.writer import publish_heads
from certificates.services.issue import foresee_issues, issue_certificate
from certificates.services.outbox import (
    IssueReport,
    enrolments_awaiting_proof,
    issue_awaiting,
    issue_for,
    suspend_without_basis,
)
from certificates.services.recording import record_certificate
from certificates.services.reissue import reissue_certificate
from certificates.services.withdraw import (
    cancel_certificate,
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
)

__all__ = [
    "IssueReport",
    "cancel_certificate",
    "enrolments_awaiting_proof",
    "foresee_issues",
    "issue_awaiting",
    "issue_certificate",
    "issue_for",
    "publish_heads",
    "record_certificate",
    "reinstate_certificate",
    "reissue_certificate",
    "revoke_certificate",
    "suspend_certificate",
    "suspend_without_basis",
]
