"""The search of the back office's sidebar: what is typed never stands in an address."""

import pytest
from django.contrib.auth.models import Group

from lms.access.groups import BASE
from tests.browser.conftest import DESKTOP
from tests.factories.people import PersonFactory, StaffFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NUMBER = "440899199003070011"
SEARCH = "#wagtail-sidebar input[name=q]"


def test_a_number_typed_in_the_sidebar_opens_the_file_and_is_posted(
    phones, live_server
):
    person = PersonFactory(name="王芳", number=NUMBER)
    clerk = StaffFactory()
    clerk.groups.add(Group.objects.get(name=BASE))
    page = phones(clerk, viewport=DESKTOP).new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/admin/")

    page.fill(SEARCH, NUMBER)
    page.press(SEARCH, "Enter")

    page.wait_for_url(f"**/people/person/inspect/{person.pk}/")
    assert NUMBER not in " ".join(asked)
