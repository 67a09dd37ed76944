"""Exact numbers and how they are shown: nothing here is ever a float."""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

PLACES = 6
NOT_APPLICABLE = "—"


@dataclass(frozen=True)
class Figure:
    """A numerator over a denominator (``None``: a plain count) and its target.

    ``target`` is in the unit of the value: a count, or a ratio. The comparison is
    exact; a denominator of zero has no value and meets or misses nothing
    (R5.0).
    """

    numerator: int
    denominator: int | None = None
    target: Fraction | None = None

    @property
    def value(self) -> Fraction | None:
        if self.denominator is None:
            return Fraction(self.numerator)
        if self.denominator == 0:
            return None
        return Fraction(self.numerator, self.denominator)

    @property
    def met(self) -> bool | None:
        if self.target is None or self.value is None:
            return None
        return self.value >= self.target

    @property
    def impossible(self) -> bool:
        """Over 100%: a data error, shown as one and never clipped."""
        return bool(self.denominator) and self.numerator > self.denominator

    @property
    def display(self) -> str:
        if self.denominator is None:
            return f"{self.numerator:,}"
        if self.value is None:
            return NOT_APPLICABLE
        return f"{percent(self.value)} ({self.numerator}/{self.denominator})"

    @property
    def percent(self) -> str:
        """The value as a percentage with one decimal, or a dash."""
        return NOT_APPLICABLE if self.value is None else percent(self.value)

    @property
    def percent_or_count(self) -> str:
        return f"{self.numerator:,}" if self.denominator is None else self.percent

    @property
    def short_of(self) -> int:
        """How many more the numerator needs to meet the target; 0 when met."""
        if self.target is None or self.value is None:
            return 0
        wanted = self.target * (1 if self.denominator is None else self.denominator)
        return max(0, -(-wanted.numerator // wanted.denominator) - self.numerator)

    def aimed_at(self, target: Fraction | None) -> "Figure":
        """Return the same numbers measured against a target."""
        return replace(self, target=target)

    def as_json(self) -> dict:
        entry = {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": decimal_text(self.value),
            "met": self.met,
        }
        return entry | ({"data_error": True} if self.impossible else {})


def half_up(value: Fraction, places: int) -> Decimal:
    """Round an exact number half-up to so many decimals."""
    step = Decimal(1).scaleb(-places)
    scaled = value * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return (Decimal(whole) * step).quantize(step, rounding=ROUND_HALF_UP)


def percent(value: Fraction) -> str:
    """Return ``66.7%``: one decimal, half-up. Never compare what this returns."""
    return f"{half_up(value * 100, 1)}%"


def decimal_text(value: Fraction | None) -> str | None:
    """Return a number as decimal text with at most six decimals, or ``None``."""
    if value is None:
        return None
    text = f"{half_up(value, PLACES):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
