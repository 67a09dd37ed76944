from lms.people.models.accounts import ActivationCode, User
from lms.people.models.catalogues import (
    Industry,
    OperationItem,
    Town,
    YesNoUndecided,
    Zone,
)
from lms.people.models.organisations import (
    Headcount,
    Organisation,
    OrganisationKind,
    OrganisationQuerySet,
)
from lms.people.models.persons import (
    IssuingSystem,
    Person,
    PersonQuerySet,
    Post,
    PostQuerySet,
    Role,
)

__all__ = [
    "ActivationCode",
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
