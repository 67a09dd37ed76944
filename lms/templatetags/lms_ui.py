"""Template tags: icons, dates, kept parts, and what a visitor prefers."""

import re
from functools import lru_cache
from html import escape

from django import template
from django.template.context import Context
from django.template.loader_tags import BlockNode
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
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
def addresses_here(context, *addresses, exact=""):
    """Return those of the addresses that the page lies under; ``exact`` must be it."""
    path = getattr(context.get("request"), "path", "")
    under = {address for address in addresses if path.startswith(address)}
    return frozenset(under | ({exact} & {path}))


@register.tag
def kept(parser, token):
    """Render a part once for a language and the values of the named variables.

        {% kept preferences done=state.done %}…{% endkept %}

    The part sees these variables and nothing else, so that it cannot hold what belongs
    to one visitor. They must be hashable and take few values; what depends on stored
    rows does not belong here, since the part is kept as long as the process lives.
    """
    _tag, *seen = token.split_contents()
    nodes = parser.parse(["endkept"])
    parser.delete_first_token()
    if nodes.get_nodes_by_type(BlockNode):
        raise template.TemplateSyntaxError("A kept part cannot hold a block.")
    variables = {}
    for one in seen:
        name, _is, value = one.partition("=")
        variables[name] = parser.compile_filter(value or name)
    return KeptNode(nodes, variables)


class KeptNode(template.Node):
    """A part of a template with the texts it was rendered to."""

    MOST = 64

    def __init__(self, nodelist, variables):
        self.nodelist, self.variables = nodelist, variables
        self.texts = {}

    def render(self, context):
        seen = {name: value.resolve(context) for name, value in self.variables.items()}
        # By type too: a text that is marked safe equals one that is not.
        key = get_language(), *((type(value), value) for value in seen.values())
        text = self.texts.get(key)
        if text is None:
            text = self._render(context.template, Context(seen))
            if len(self.texts) >= self.MOST:
                self.texts.clear()
            self.texts[key] = text
        return text

    def _render(self, page, alone):
        with alone.bind_template(page), alone.render_context.push_state(page):
            return self.nodelist.render(alone)


@register.filter
def day(value):
    """Write a day so that no line breaks at its hyphens; "" where there is none."""
    return format_html("<time>{}</time>", date_format(value, "Y-m-d")) if value else ""


@register.filter
def keep_dates(text):
    """Mark the ISO dates in a text, so that no line breaks at their hyphens."""
    # Not ``conditional_escape``, which is slow: a desk asks for thousands of texts.
    if not isinstance(text, SafeString):
        text = escape(str(text))
    marked = ISO_DATE.sub(r"<time>\g<0></time>", text) if "-" in text else text
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
