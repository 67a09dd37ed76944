"""The indicators by the code that targets store."""

from collections.abc import Iterator, Mapping

from lms.plan.indicators.base import Indicator

DECLARED: dict[str, Indicator] = {}


def register(indicator: Indicator) -> Indicator:
    """Add an indicator. Raises ``ValueError`` if its code is taken."""
    if indicator.code in DECLARED:
        raise ValueError(f"Two indicators have the code {indicator.code}.")
    DECLARED[indicator.code] = indicator
    return indicator


class Registry(Mapping[str, Indicator]):
    """What is declared, in the order of the codes, a whole after its parts."""

    def __getitem__(self, code: str) -> Indicator:
        return DECLARED[code]

    def __iter__(self) -> Iterator[str]:
        ordered = [DECLARED[code].with_parts() for code in sorted(DECLARED)]
        return iter(dict.fromkeys(part.code for parts in ordered for part in parts))

    def __len__(self) -> int:
        return len(DECLARED)


INDICATORS = Registry()
