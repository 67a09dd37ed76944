"""A kept part of a template holds nothing that belongs to one visitor."""

import pytest
from django.middleware.csrf import get_token
from django.template import RequestContext, TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe

PERSONAL = "{% csrf_token %}{{ request.path }}{{ name }}"


def template(text):
    return engines["django"].from_string("{% load i18n lms_ui %}" + text).template


def shown(page, **values):
    request = RequestFactory().get("/mine/")
    get_token(request)
    return page.render(RequestContext(request, values))


def test_a_kept_part_sees_nothing_of_the_visitor():
    bare = shown(template(PERSONAL), name="张三")
    assert "csrfmiddlewaretoken" in bare
    assert "/mine/张三" in bare

    assert shown(template("{% kept %}" + PERSONAL + "{% endkept %}"), name="张三") == ""


def test_a_kept_part_is_rendered_for_each_language_and_value():
    page = template(
        "{% kept done=state.done %}{% translate 'Me' %}{{ done }}{% endkept %}"
    )

    texts = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            texts[language] = [
                shown(page, state={"done": done}) for done in (True, 1, False, True)
            ]

    assert texts["en"] == ["MeTrue", "Me1", "MeFalse", "MeTrue"]
    assert texts["zh-hans"][0] != texts["en"][0]


def test_a_value_is_escaped_though_a_safe_one_was_rendered_before():
    page = template("{% kept name %}{{ name }}{% endkept %}")

    assert shown(page, name=mark_safe("<b>")) == "<b>"
    assert shown(page, name="<b>") == "&lt;b&gt;"


def test_texts_of_many_values_do_not_pile_up():
    page = template("{% kept number %}{{ number }}{% endkept %}")

    assert all(shown(page, number=number) == str(number) for number in range(200))

    [part] = page.nodelist.get_nodes_by_type(type(page.nodelist[-1]))
    assert len(part.texts) <= part.MOST


def test_a_block_in_a_kept_part_is_refused():
    with pytest.raises(TemplateSyntaxError, match="block"):
        template("{% kept %}{% block main %}{% endblock %}{% endkept %}")
