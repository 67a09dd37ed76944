from django import template
from django.utils.translation import gettext as _

from lms.plan.reports.workbook import target_text

register = template.Library()


@register.filter
def target(line):
    """The target of a line or a gap: «≥ 90%», or a count."""
    return target_text(line.target, counted=line.indicator.counted)


@register.filter
def count(number):
    """A whole number with its thousands set apart."""
    return f"{number:,}"


@register.filter
def variants(line):
    """The variants of a line with their names in words."""
    return [
        (line.indicator.variant_name(name), figure)
        for name, figure in line.measure.variants.items()
    ]


@register.filter
def facts(line):
    """The plain numbers of a line with their labels."""
    return [
        (line.indicator.facts[name], number)
        for name, number in line.measure.facts.items()
    ]


@register.filter
def part_names(indicator):
    """What the indicators are called that the verdict of this one rests on."""
    return _(", ").join(str(part.name) for part in indicator.parts)


@register.filter
def gap_names(report):
    """What the targets without a figure are called."""
    return _(", ").join(str(gap.indicator.name) for gap in report.gaps)
