"""Illustrations, drawn into the page so that they follow its theme; the hotline."""

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from lms.campaigns.models import Art
from lms.campaigns.models.blocks import FiveEnters
from lms.campaigns.services.site import hotline

register = template.Library()
register.simple_tag(hotline)


@cache
def _drawing(name):
    return mark_safe(render_to_string(f"campaigns/art/{name}.svg"))  # noqa: S308 - ours


@register.simple_tag
def art(name):
    """Draw an illustration; an unknown name is drawn as a helmet."""
    return _drawing(name if name in Art.values or name == "hero" else Art.HELMET)


@register.filter
def enters_name(row):
    """Name one of the five places in the reader's language."""
    return FiveEnters(row["target"]).label
