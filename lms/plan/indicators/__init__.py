"""IND-01 … as code: numerator, denominator, variants and the people behind both.

Each indicator is one module that declares all of it (``base.Indicator``). Every
module of this package is imported here: a new one needs no line anywhere else.
"""

from importlib import import_module
from pkgutil import iter_modules

from lms.plan.indicators.base import (
    Indicator,
    Measure,
    NotComputed,
    Unit,
    UnknownIndicator,
    Variant,
)
from lms.plan.indicators.question import Dimension, Question, Scope
from lms.plan.indicators.registry import INDICATORS, register

__all__ = [
    "INDICATORS",
    "Dimension",
    "Indicator",
    "Measure",
    "NotComputed",
    "Question",
    "Scope",
    "Unit",
    "UnknownIndicator",
    "Variant",
    "register",
]

for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
