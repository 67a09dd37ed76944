"""IND-01 … as code: numerator, denominator, variants and the people behind both."""

from lms.people.models import Role
from lms.plan.indicators.base import Indicator, Measure, Unit
from lms.plan.indicators.key_roles import KeyRoles
from lms.plan.indicators.operators import OperatorCertificates, OperatorTraining
from lms.plan.indicators.people_trained import PeopleTrained
from lms.plan.indicators.question import Dimension, Question, Scope
from lms.plan.indicators.role_certificates import RoleCertificates
from lms.plan.indicators.role_training import RoleTraining
from lms.plan.indicators.supervisors import SupervisorTraining

PRINCIPALS = RoleTraining("IND-03a", Role.PRINCIPAL)
MANAGERS = RoleTraining("IND-03b", Role.SAFETY_MANAGER)
OPERATORS = OperatorTraining()

INDICATORS: dict[str, Indicator] = {
    indicator.code: indicator
    for indicator in (
        PeopleTrained(),
        SupervisorTraining(),
        PRINCIPALS,
        MANAGERS,
        OPERATORS,
        KeyRoles(PRINCIPALS, MANAGERS, OPERATORS),
        RoleCertificates("IND-06a", Role.PRINCIPAL),
        RoleCertificates("IND-06b", Role.SAFETY_MANAGER),
        OperatorCertificates(),
    )
}

__all__ = [
    "INDICATORS",
    "Dimension",
    "Indicator",
    "Measure",
    "Question",
    "Scope",
    "Unit",
]
