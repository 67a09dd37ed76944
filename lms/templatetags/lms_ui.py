"""Template tags: icons, dates, and the display preferences of the visitor."""

import re
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language

from lms.web import preferences
from lms.web.notices import Place, first_notice, notices_at

register = template.Library()

ISO_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){2}( [0-9]{2}(:[0-9]{2}){1,2})?")


@register.simple_tag
def icon(name):
    """Draw a symbol of the sprite, hidden from screen readers: a word stands beside."""
    return _icon(str(name))


@lru_cache(maxsize=256)
def _icon(name):
    return format_html(
        '<svg class="icon" aria-hidden="true" width="24" height="24">'
        '<use href="{}#{}"/></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def html_attributes(context):
    """Attributes of ``<html>``: language, chosen theme, large type.

    Works without a request too: the page for a server error has none.
    """
    language = "en" if get_language() == "en" else "zh-CN"
    attributes = [format_html('lang="{}"', language)]
    chosen = preferences.from_request(context.get("request"))
    if chosen.theme:
        attributes.append(format_html('data-theme="{}"', chosen.theme))
    if chosen.comfort:
        attributes.append("data-comfort")
    return mark_safe(" ".join(attributes))  # noqa: S308 - built from escaped parts


@register.simple_tag(takes_context=True)
def chosen_preferences(context):
    """Return the display preferences of the visitor."""
    return preferences.from_request(context.get("request"))


@register.simple_tag(takes_context=True)
def notice_of_every_page(context):
    """Return the notice that stands first on a worker page, or None."""
    return first_notice(context["request"])


@register.simple_tag(takes_context=True)
def notices(context, place):
    """Return what the reader is told at a place."""
    return notices_at(context["request"], Place(place))


@register.simple_tag(takes_context=True)
def here(context, url, exact=False):
    """Return ``aria-current`` where the page lies under this address."""
    request = context.get("request")
    if request is None:
        return ""
    under = request.path == url if exact else request.path.startswith(url)
    return mark_safe('aria-current="page"') if under else ""


@register.filter
def day(value):
    """Write a day so that no line breaks at its hyphens; "" where there is none."""
    return format_html("<time>{}</time>", date_format(value, "Y-m-d")) if value else ""


@register.filter
def keep_dates(text):
    """Mark the ISO dates in a text, so that no line breaks at their hyphens."""
    marked = ISO_DATE.sub(r"<time>\g<0></time>", conditional_escape(text))
    return mark_safe(marked)  # noqa: S308 - escaped above


@register.filter
def moment(value):
    """Write a moment to the minute, in one piece."""
    if not value:
        return ""
    return format_html("<time>{}</time>", date_format(localtime(value), "Y-m-d H:i"))


@register.filter
def tone(level_tag):
    """Translate a message level into the tone of a notice."""
    tones = {"success": "ok", "warning": "warn", "error": "bad"}
    return tones.get(level_tag, "info")
