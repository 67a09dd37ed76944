"""Every page a visitor or a worker can reach by its links, on the smallest phone."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from lms.demo.accounts import PASSWORD
from tests.browser.conftest import SMALL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Not pages: signing out, files, feeds, the published keys.
ELSEWHERE = re.compile(
    r"/accounts/logout/|/admin/|/office/|/feed/|/static/|\.pdf|/pdf/|\.json"
)
NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
OF_EACH_KIND = 2
SERIOUS = ("serious", "critical")


@pytest.fixture
def site(live_server, city):
    return live_server.url


@pytest.fixture
def phone(page):
    """A small phone that remembers what its console complained of."""
    page.set_viewport_size(SMALL)
    page.complaints = []
    page.on(
        "console",
        lambda message: (
            page.complaints.append(message.text) if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def _sign_in(page, site, user):
    page.goto(f"{site}/accounts/login/")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(f"{site}/learn/")


def _links(page, site):
    """The pages this one leads to, without their anchors."""
    found = page.eval_on_selector_all("a[href]", "links => links.map(a => a.href)")
    for address in found:
        if address.startswith(f"{site}/"):
            parts = urlsplit(urljoin(site, address))
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def _faults(page, site, address):
    page.complaints.clear()
    response = page.goto(site + address)
    found = [] if response.status == 200 else [f"HTTP {response.status}"]
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > SMALL["width"]:
        found.append(f"{width} px wide")
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] in SERIOUS:
            found.append(f"{violation['id']}: {violation['nodes'][0]['html'][:100]}")
    return found + page.complaints


def _walk(page, site, starts):
    """Follow every link from the starts; return the faults by page, and the pages."""
    waiting, seen, kinds, faults = list(starts), [], {}, {}
    while waiting:
        address = waiting.pop(0)
        kind = NUMBERS.sub("#", address)
        known = address in seen or kinds.get(kind, 0) >= OF_EACH_KIND
        if known or ELSEWHERE.search(address):
            continue
        seen.append(address)
        kinds[kind] = kinds.get(kind, 0) + 1
        if found := _faults(page, site, address):
            faults[address] = found
        waiting += _links(page, site)
    return faults, seen


def test_every_page_of_a_visitor_works_on_the_smallest_phone(phone, site):
    faults, seen = _walk(phone, site, ["/", "/courses/", "/search/?q=有限空间"])

    assert faults == {}
    assert {"/progress/", "/verify/", "/accounts/login/"} <= set(seen)


def test_every_page_of_a_worker_works_on_the_smallest_phone(phone, site):
    _sign_in(phone, site, "worker")

    starts = ["/learn/", "/exams/", "/certificates/", "/accounts/me/"]
    faults, seen = _walk(phone, site, starts)

    assert faults == {}
    assert any("/lessons/" in address for address in seen)
    assert any("/exams/sittings/" in address for address in seen)
