"""Two members of staff edit one row: neither overwrites what was not seen."""

import pytest
from django.test import Client

from lms.people.models import Organisation
from tests.factories.people import OrganisationFactory, StaffFactory
from tests.people.addresses import url

pytestmark = pytest.mark.django_db


@pytest.fixture
def editors():
    """Two people who have opened the same form."""
    pair = []
    for username in ("first", "second"):
        client = Client()
        user = StaffFactory(username=username, name=username, is_superuser=True)
        client.force_login(user)
        pair.append(client)
    return pair


def opened(client, row):
    form = client.get(url(Organisation, "edit", row.pk)).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in sent.items() if value not in (None, False)}


def save(client, row, typed):
    return client.post(url(Organisation, "edit", row.pk), typed)


def test_the_second_editor_is_warned_and_keeps_what_was_typed(editors):
    first, second = editors
    row = OrganisationFactory(name="旧名称", established_posts=3)
    one, other = opened(first, row), opened(second, row)

    assert save(first, row, one | {"name": "新名称"}).status_code == 302
    warned = save(second, row, other | {"name": "另一名称"})

    row.refresh_from_db()
    form = warned.context["form"]
    assert row.name == "新名称"
    assert "first" in str(form.non_field_errors())
    assert "新名称" in str(form.non_field_errors())
    assert form["name"].value() == "另一名称"

    again = {name: form[name].value() for name in other}
    assert save(second, row, again).status_code == 302
    row.refresh_from_db()
    assert row.name == "另一名称"


def test_one_editor_alone_is_not_warned(editors):
    first, _second = editors
    row = OrganisationFactory(name="旧名称")

    for name in ("一次", "二次"):
        assert save(first, row, opened(first, row) | {"name": name}).status_code == 302

    row.refresh_from_db()
    assert row.name == "二次"


def test_every_page_of_the_back_office_can_offer_a_draft(editors):
    page = editors[0].get(url(Organisation, "add")).text

    assert 'id="form-draft-notice"' in page
    assert "form-draft" in page
