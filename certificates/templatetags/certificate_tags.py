from django import template
from django.utils.html import format_html

from certificates.views import presentation

register = template.Library()


@register.simple_tag
def subject_label(row):
    """What a certificate is about: the item, or for whom, or the programme's code."""
    label = presentation.subject_label(row)
    return format_html('<span lang="zh-CN">{}</span>', label) if row.item else label


@register.simple_tag
def sentence_of(answer):
    """The plain sentence of a state."""
    return presentation.sentence(answer)


@register.simple_tag
def standing_of(answer):
    """State, date and what to do, for the holder."""
    return presentation.standing_of(answer)
