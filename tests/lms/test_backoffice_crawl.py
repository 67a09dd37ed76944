"""Every page the menu of the back office leads to opens, for each kind of staff."""

import csv
import io
import re

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook
from wagtail.admin.menu import admin_menu
from wagtail.snippets.models import get_snippet_models

from lms.people.models import User

pytestmark = pytest.mark.django_db

LINK = re.compile(r'href="(/admin/[^"#]*)"')
LEAVE = re.compile(r"logout|/export|export=|/delete/|/bulk/|\.xlsx|/pdf/")
NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")


def _entries(request):
    """The addresses of the menu, groups opened."""
    waiting = list(admin_menu.menu_items_for_request(request))
    while waiting:
        item = waiting.pop()
        if submenu := getattr(item, "menu", None):
            waiting += submenu.menu_items_for_request(request)
        elif item.url.startswith("/admin/"):
            yield item.url


def _crawl(client, user):
    """Open the menu's pages and one page of every kind they link to."""
    client.force_login(user)
    home = client.get(reverse("wagtailadmin_home"))
    waiting = [*_entries(home.wsgi_request), reverse("wagtailadmin_home")]
    seen, refused = set(), {}
    while waiting:
        address = waiting.pop(0).replace("&amp;", "&")
        kind = NUMBERS.sub("#", address.partition("?")[0])
        if kind in seen or LEAVE.search(address):
            continue
        seen.add(kind)
        response = client.get(address, follow=True)
        if response.status_code != 200:
            refused[address] = response.status_code
        elif "text/html" in response["Content-Type"]:
            waiting += LINK.findall(response.content.decode())
    return seen, refused


def test_every_page_of_the_menu_opens(client, city):
    refused = {}
    for username in ("admin", "base", "officer", "editor"):
        seen, faults = _crawl(client, User.objects.get(username=username))
        refused |= {(username, address): code for address, code in faults.items()}
        assert len(seen) >= 5, username

    assert refused == {}


@pytest.mark.parametrize("username", ["base", "officer", "town", "editor", "reviewer"])
def test_the_menu_has_at_most_eight_entries(client, city, username):
    client.force_login(User.objects.get(username=username))
    home = client.get(reverse("wagtailadmin_home"))

    entries = admin_menu.menu_items_for_request(home.wsgi_request)

    assert len(entries) <= 8, [entry.name for entry in entries]


def _rows_of(client, listing, form):
    body = client.get(listing, {"export": form}).getvalue()
    if form == "csv":
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0)
    return sheet.to_python()


def test_every_listing_is_downloaded_in_both_forms(client, city):
    client.force_login(User.objects.get(username="admin"))
    rows = {}
    for model in get_snippet_models():
        listing = reverse(model.snippet_viewset.get_url_name("list"))
        forms = [_rows_of(client, listing, form) for form in ("csv", "xlsx")]
        rows[model._meta.label] = [len(form) for form in forms]

    assert {label: n for label, n in rows.items() if n[0] != n[1]} == {}
    assert rows["certificates.Certificate"][0] > 1
