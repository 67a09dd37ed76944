"""Requests that no page of ours sends are refused, not failed on."""

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page
from wagtail.snippets.models import get_snippet_models

from lms.people.models import User
from tests.factories.pages import ArticleFactory, ColumnFactory, make_home, publish
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db

BODIES = [
    (b"x", "multipart/form-data"),
    (b"x", "multipart/form-data; boundary="),
    (b"--B\r\n", "multipart/form-data; boundary=B"),
    (b"\xff\xfe", "application/json"),
]


@pytest.fixture
def root(client):
    client.raise_request_exception = False
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.mark.parametrize("address", ["/nowhere", "/", "/verify/", "/accounts/login/"])
@pytest.mark.parametrize(("body", "kind"), BODIES)
@pytest.mark.parametrize("checks", [True, False])
def test_a_body_that_cannot_be_read_is_refused(address, body, kind, checks):
    client = Client(enforce_csrf_checks=checks, raise_request_exception=False)
    client.cookies["csrftoken"] = "a" * 32

    response = client.post(address, body, content_type=kind)

    assert response.status_code < 500


@pytest.fixture
def page():
    return publish(publish(make_home(), ColumnFactory()), ArticleFactory())


def test_pages_without_fields_are_refused(root, page):
    codes = {}
    for name in ("edit", "copy", "preview_on_edit", "move", "delete", "unpublish"):
        address = reverse(f"wagtailadmin_pages:{name}", args=[page.pk])
        codes[name] = root.post(address, {}).status_code

    assert {name: code for name, code in codes.items() if code >= 500} == {}


@pytest.mark.parametrize("sent", [{}, {"next": "wagtailadmin_home"}])
def test_an_act_with_no_address_to_go_to_is_refused_and_not_done(root, page, sent):
    person = PersonFactory(identity_checked_at=None)
    Page.objects.filter(pk=page.pk).update(locked=True)
    acts = (
        reverse("wagtailadmin_pages:unlock", args=[page.pk]),
        reverse("people_admin:identity", args=[person.pk]),
    )

    codes = [root.post(f"{act}?next=9999-12-31", sent).status_code for act in acts]

    person.refresh_from_db()
    page.refresh_from_db()
    assert codes == [400, 400]
    assert (page.locked, person.identity_checked_at) == (True, None)


def test_an_act_goes_back_to_the_address_of_its_page(root, page):
    Page.objects.filter(pk=page.pk).update(locked=True)
    unlock = reverse("wagtailadmin_pages:unlock", args=[page.pk])

    answer = root.post(unlock, {"next": "/admin/pages/"})

    page.refresh_from_db()
    assert (answer["Location"], page.locked) == ("/admin/pages/", False)


@pytest.mark.parametrize(
    "fields",
    [
        {"body-count": "x"},
        {"body-count": "10000000"},
        {"body-count": "1"},
        {"body-count": "1", "body-0-type": "paragraph", "body-0-order": "x"},
        {
            "body-count": "1",
            "body-0-type": "paragraph",
            "body-0-order": "0",
            "body-0-deleted": "",
            "body-0-value": "[1]",
        },
        {
            "body-count": "1",
            "body-0-type": "paragraph",
            "body-0-order": "0",
            "body-0-deleted": "",
            "body-0-value": '{"blocks": 1, "entityMap": {}}',
        },
    ],
    ids=["word", "many", "no-type", "order", "list", "blocks"],
)
def test_a_text_that_the_editor_never_sends_is_refused(root, page, fields):
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])

    assert root.post(address, {"title": "x", **fields}).status_code < 500


def test_choosers_of_every_kind_take_no_junk(root):
    faults = {}
    for model in get_snippet_models():
        chooser = model.snippet_viewset.chooser_viewset
        for name, args in (("create", []), ("chosen", ["x"]), ("choose", [])):
            if name not in {pattern.name for pattern in chooser.get_urlpatterns()}:
                continue
            address = reverse(chooser.get_url_name(name), args=args)
            for method in (root.get, root.post):
                if (code := method(address, {"p": "x", "q": "\0"}).status_code) >= 500:
                    faults[address] = code

    assert faults == {}


@pytest.mark.parametrize(
    "address",
    [
        "images/chooser/chosen/x/",
        "documents/chooser/chosen/x/",
        "choose-external-link/",
        "choose-email-link/",
        "choose-phone-link/",
        "choose-anchor-link/",
        "choose-anchor-link/?parent_page_id=%27",
        "choose-external-link/?parent_page_id=x",
        "choose-external-link/?parent_page_id=%D9%A1",
        f"api/main/pages/?offset={10**24}",
        f"api/main/images/?limit={10**24}",
        "pages/search/?q=%00",
        "images/?q=%00",
        "documents/?q=%00",
        "images/chooser/?q=%00",
        "choose-page/search/?q=%00",
    ],
)
def test_addresses_of_wagtail_take_no_junk(root, address):
    assert root.get(f"/admin/{address}").status_code < 500
    assert root.post(f"/admin/{address}").status_code < 500
