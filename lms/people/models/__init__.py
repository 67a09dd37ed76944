from .access import Access
from .accounts import ActivationCode, User
from .audit import ACTS, AuditEvent
from .catalogues import Industry, OperationItem, Town, YesNoUndecided, Zone
from .organisations import (
    Headcount,
    Organisation,
    OrganisationKind,
    OrganisationQuerySet,
)
from .persons import IssuingSystem, Person, PersonQuerySet, Post, PostQuerySet, Role

__all__ = [
    "ACTS",
    "Access",
    "ActivationCode",
    "AuditEvent",
    "Headcount",
    "Industry",
    "IssuingSystem",
    "OperationItem",
    "Organisation",
    "OrganisationKind",
    "OrganisationQuerySet",
    "Person",
    "PersonQuerySet",
    "Post",
    "PostQuerySet",
    "Role",
    "Town",
    "User",
    "YesNoUndecided",
    "Zone",
]
