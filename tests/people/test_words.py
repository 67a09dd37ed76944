"""The back office speaks Chinese where Django and Wagtail speak English."""

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.models import Page

from lms.people.models import User

pytestmark = pytest.mark.django_db


def test_a_short_password_is_refused_in_chinese():
    with pytest.raises(ValidationError) as refusal:
        validate_password("Ab1!")

    assert refusal.value.messages == ["密码太短，至少要有 8 个字符。"]


def test_an_active_yes_or_no_filter_says_so(client):
    client.force_login(User.objects.create_superuser("root", password="x"))
    listing = reverse(User.snippet_viewset.get_url_name("list"))

    page = client.get(listing, {"is_active": "true"}).text

    assert "True" not in page.split('class="w-pill')[1].split("</div>")[0]


def test_groups_and_the_root_page_have_chinese_names():
    names = set(Group.objects.values_list("name", flat=True))

    assert names == {"教务", "安监", "编辑", "审稿"}
    assert Page.objects.get(depth=1).title == "网站"
