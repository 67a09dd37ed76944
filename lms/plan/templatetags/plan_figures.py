from django import template
from django.utils.translation import gettext as _

from lms.plan.reports.report import name_of
from lms.plan.reports.workbook import target_text, variant_name

register = template.Library()


@register.filter
def target(line):
    """The target of a line: «≥ 90%», or a count."""
    return target_text(line.target, counted=line.figure.denominator is None)


@register.filter
def count(number):
    """A whole number with its thousands set apart."""
    return f"{number:,}"


@register.filter
def variants(line):
    """The variants of a line with their names in words."""
    return [
        (variant_name(name), figure) for name, figure in line.measure.variants.items()
    ]


@register.filter
def part_names(indicator):
    """What the indicators are called that the verdict of this one rests on."""
    return _(", ").join(name_of(part.code) for part in indicator.parts)
