from certificates.models.certificates import (
    Certificate,
    EarlierSuspension,
    Origin,
    ReasonClass,
    judge_on,
)
from certificates.models.kinds import CertificateKind, Issuer, ProgrammeProof, RuleSet
from certificates.models.register import (
    GENESIS,
    CertificateEvent,
    DailyHead,
    EventAction,
    IssueReason,
    NumberSeries,
    RegisterHead,
)

__all__ = [
    "GENESIS",
    "Certificate",
    "CertificateEvent",
    "CertificateKind",
    "DailyHead",
    "EarlierSuspension",
    "EventAction",
    "IssueReason",
    "Issuer",
    "NumberSeries",
    "Origin",
    "ProgrammeProof",
    "ReasonClass",
    "RegisterHead",
    "RuleSet",
    "judge_on",
]
