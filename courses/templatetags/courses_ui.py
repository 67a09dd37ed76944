from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.hours.words import class_hours

register = template.Library()


@register.filter
def study_time(seconds):
    """Say a stretch of study in words: seconds below two minutes, else minutes.

    Minutes are cut: nobody is told of time that is not there yet.
    """
    seconds = int(seconds)
    if seconds < 120:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    minutes = seconds // 60
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


@register.filter
def exact_time(seconds):
    """Say a stretch of study to the second, as it is counted on the page."""
    minutes, rest = divmod(int(seconds), 60)
    return _("{m} min {s} s").format(m=minutes, s=rest)


register.filter(class_hours)
