import random

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from wagtail.models import Site

from lms.demo.campaigns import seed_campaigns
from tests.browser.conftest import PHONE, SMALL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/",
    "/warnings/",
    "/warnings/confined-space/",
    "/safety-month/safety-month-wuchuan/",
    "/search/?q=有限空间",
    "/nothing-here/",
    "/verify/",
    "/progress/",
    "/accounts/login/",
]


# What of the head of a page stands outside the screen, or is to be scrolled to.
OUTSIDE = """
() => [...document.querySelectorAll(".masthead :is(a, button)")]
  .filter((one) => one.checkVisibility())
  .filter((one) => one.getBoundingClientRect().right > innerWidth)
  .map((one) => one.textContent.trim())
"""


MAIN_TOP = "document.getElementById('main').getBoundingClientRect().top"


@pytest.fixture
def site(live_server):
    Site.clear_site_root_paths_cache()
    seed_campaigns(random.Random(1))
    return live_server.url


def _large(page, site):
    page.context.add_cookies([{"name": "comfort", "value": "1", "url": site}])


def test_public_pages_have_no_serious_violations(page, site):
    found = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for address in PAGES:
            page.goto(site + address)
            for violation in Axe().run(page).response["violations"]:
                if violation["impact"] in ("serious", "critical"):
                    nodes = [node["html"][:120] for node in violation["nodes"][:3]]
                    found[scheme, address, violation["id"]] = nodes

    assert found == {}


@pytest.mark.parametrize("large", [False, True], ids=["plain", "large type"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_public_pages_fit_the_smallest_phone(page, site, language, large):
    page.set_viewport_size(SMALL)
    chosen = {"name": "django_language", "value": language, "url": site}
    page.context.add_cookies([chosen])
    if large:
        _large(page, site)
    found = {}
    for address in PAGES:
        page.goto(site + address)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > SMALL["width"]:
            found[address] = width
        if outside := page.evaluate(OUTSIDE):
            found[address, "masthead"] = outside
        top = page.evaluate(MAIN_TOP)
        if large and top > SMALL["height"] / 2:
            found[address, "head"] = top

    assert found == {}


def test_large_type_is_one_tap_away_and_stays(page, site):
    page.set_viewport_size(PHONE)
    page.goto(site + "/warnings/")
    before = page.evaluate("getComputedStyle(document.body).fontSize")

    with page.expect_response("**/preferences/"):
        page.get_by_role("button", name="长者模式").click()

    assert page.get_by_role("button", name="标准字").is_visible()
    assert page.url == site + "/warnings/"
    after = page.evaluate("getComputedStyle(document.body).fontSize")
    assert float(after[:-2]) > 1.2 * float(before[:-2])
    page.goto(site + "/")
    assert page.get_by_role("button", name="标准字").is_visible()


def test_controls_are_large_enough_for_a_thumb(page, site):
    page.set_viewport_size(PHONE)
    page.goto(site + "/")
    small = page.evaluate(
        """[...document.querySelectorAll("button, .button, .tool, .masthead a, .task")]
          .filter((item) => item.checkVisibility())
          .filter((item) => item.getBoundingClientRect().height < 47.5)
          .map((item) => item.outerHTML.slice(0, 80))"""
    )

    assert small == []


def test_public_pages_load_nothing_from_elsewhere(page, site):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))

    page.goto(site + "/")

    assert [url for url in asked if not url.startswith((site, "data:"))] == []
    assert complaints == []


def test_a_phone_without_a_voice_says_so(page, site):
    page.set_viewport_size(SMALL)
    page.goto(site + "/warnings/confined-space/")

    page.get_by_role("button", name="朗读").click()

    expect(page.get_by_text("没有朗读用的语音")).to_be_visible()
    assert (
        page.get_by_role("button", name="朗读").get_attribute("aria-pressed") == "false"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


def test_the_language_is_switched_on_a_page_that_sends_no_referrer(page, site):
    page.goto(site + "/verify/")

    page.get_by_role("button", name="EN").click()

    expect(page.locator("h1")).to_have_text("Check a certificate")
    assert page.url == site + "/verify/"


def test_a_miss_keeps_what_was_typed(page, site):
    page.goto(site + "/verify/")
    page.fill("[name=number]", "WC2026G0000136")
    page.fill("[name=name]", "李海生")

    page.locator("#query button").click()

    expect(page.locator("[data-missed]")).to_be_visible()
    assert page.input_value("[name=name]") == "李海生"
