"""Modules that do not arrive or fail, answers that are not ours, hasty fingers."""

import pytest
from playwright.sync_api import expect

from exams.models import Submission
from exams.views.pages import RUNNER_MODULES
from tests.browser.conftest import SMALL
from tests.browser.exam import OPTION, QUESTION, answers_of, begin, go_to, hand_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KINDS = ["single", "multiple", "true_false", "fill"]
MODULES = [*RUNNER_MODULES, *(f"js/exam-kinds/{kind}.js" for kind in KINDS)]
FAULTS = ["throw new Error('old phone');", "const a = ;"]
PORTAL = "<!doctype html><title>Wi-Fi</title><p>Please sign in to the network.</p>"
FORM = "[data-fallback] form.exam__paper"


def start_without_script(page, start_url):
    page.goto(start_url)
    page.locator(".action .button--primary").click()
    page.wait_for_url("**/run/", wait_until="commit")
    page.locator(".exam-option:visible").first.wait_for()


def test_an_exam_is_written_and_handed_in_whichever_module_is_missing(seat, phones):
    user, _sitting, start_url = seat
    page = phones(user).new_page()
    start_without_script(page, start_url)
    url = page.url

    for module in MODULES:
        page.route(f"**/{module}", lambda route: route.abort())
        page.goto(url, wait_until="networkidle")
        assert page.locator(FORM).is_visible(), module
        assert page.locator("[data-fallback] > p").is_visible(), module
        assert page.locator(".is-running").count() == 0, module
        page.unroute(f"**/{module}")
    page.route("**/exam-digest.js", lambda route: route.abort())
    page.goto(url)
    page.locator(f"{FORM} .exam-option").first.click()
    page.locator(f"{FORM} [value=next]").click()
    page.wait_for_url("**/run/?q=2")
    page.locator(f"{FORM} .exam__to-sheet").click()
    page.wait_for_url("**/review/")
    page.locator("[name=sure]").check()
    page.locator("form .button--primary").click()
    page.wait_for_url("**/receipt/")

    assert answers_of(user).keys() == {"1"}
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("fault", FAULTS, ids=["throws", "syntax of tomorrow"])
def test_a_module_that_fails_leaves_the_form(seat, phones, fault):
    user, _sitting, start_url = seat
    page = phones(user).new_page()
    for module in ("exam-store", "exam-kinds/fill"):
        page.route(
            f"**/{module}.js",
            lambda route: route.fulfill(body=fault, content_type="text/javascript"),
        )

    start_without_script(page, start_url)
    page.wait_for_load_state("networkidle")

    assert page.locator(FORM).is_visible()
    assert page.locator(".is-running").count() == 0


def test_a_runner_that_fails_while_it_starts_leaves_the_form(seat, phones):
    user, _sitting, start_url = seat
    context = phones(user)
    context.add_init_script("Object.fromEntries = null;")  # merging what was kept
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(error))

    start_without_script(page, start_url)
    page.wait_for_load_state("networkidle")

    assert errors
    assert page.locator(FORM).is_visible()
    assert page.locator(".is-running").count() == 0
    page.locator(f"{FORM} .exam-option").first.click()
    page.locator(f"{FORM} [value=next]").click()
    page.wait_for_url("**/run/?q=2")
    assert answers_of(user).keys() == {"1"}


def test_what_was_chosen_in_the_form_is_kept_when_the_runner_starts(seat, phones):
    user, _sitting, start_url = seat
    page = phones(user).new_page()
    held = []
    page.route("**/exam-signin.js", lambda route: held.append(route))
    start_without_script(page, start_url)
    chosen = page.locator(f"{FORM} .exam-option").nth(1)
    chosen.click()
    value = chosen.locator("input").get_attribute("value")

    held.pop().continue_()
    page.wait_for_selector(".is-running")

    assert page.locator(f"{QUESTION} :checked").get_attribute("value") == value
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    assert answers_of(user) == {"1": value}


@pytest.mark.parametrize(
    "portal",
    [
        {"body": PORTAL, "content_type": "text/html"},
        {"json": {"redirect": "http://192.0.2.1/login"}},
    ],
    ids=["a page", "JSON of another"],
)
def test_a_portal_that_answers_200_is_no_network(seat, phones, portal):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    calls = ["**/answers", "**/submit"]
    for call in calls:
        page.route(call, lambda route: route.fulfill(status=200, **portal))

    page.locator(OPTION).first.click()
    page.wait_for_selector("[data-banner]:visible")
    assert page.locator("[data-part=signin]").is_hidden()
    page.unroute("**/answers")
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    page.locator(".exam__to-sheet").click()
    hand_in(page)
    page.wait_for_selector("[data-because=network]:visible")
    assert Submission.objects.count() == 0
    page.unroute("**/submit")
    page.locator("[data-part=hand-in]").click()
    page.wait_for_selector("[data-part=receipt-title]:visible")


def test_a_fault_of_the_page_is_not_called_no_network(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    page.locator(OPTION).first.click()
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    page.evaluate("customElements.get('exam-digest').prototype.of = null")

    page.locator(".exam__to-sheet").click()
    hand_in(page)
    page.wait_for_selector("[data-because=fault]:visible")
    assert page.locator("[data-because=network]").is_hidden()
    assert page.locator("[data-banner]").is_hidden()
    page.locator("[data-part=hand-in]").click()
    page.wait_for_selector("[data-because=fault]:visible")
    page.locator("[data-because=fault] a").click()
    page.locator("[name=sure]").check()
    page.locator("form .button--primary").click()
    page.wait_for_url("**/receipt/")

    assert Submission.objects.get().answered == 1


def test_hasty_taps_on_one_spot_do_not_hand_in(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    for number in range(1, 6):
        go_to(page, number)
        if page.locator(OPTION).count():
            page.locator(OPTION).first.click()
        else:
            page.locator(f"{QUESTION} input").fill("12350")
    go_to(page, 4)
    box = page.locator("[data-part=next]").bounding_box()
    spot = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    for _tap in range(5):
        page.touchscreen.tap(*spot)
    page.wait_for_timeout(1200)
    page.touchscreen.tap(*spot)

    assert Submission.objects.count() == 0
    assert page.locator("[data-part=receipt-title]").is_hidden()


def test_the_plain_page_asks_before_it_hands_in(seat, phones):
    user, _sitting, start_url = seat
    page = phones(user, java_script_enabled=False).new_page()
    start_without_script(page, start_url)
    page.locator(".exam__to-sheet:visible").click()
    page.wait_for_url("**/review/")

    page.locator("form .button--primary").click()
    assert Submission.objects.count() == 0
    page.locator("[name=sure]").check()
    page.locator("form .button--primary").click()
    page.wait_for_url("**/receipt/")

    assert Submission.objects.count() == 1


def test_the_last_step_asks_elsewhere_and_not_at_once(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user, viewport=SMALL), start_url)
    page.locator(".exam__to-sheet").click()
    page.locator("[data-do=insist]").click()

    sure = page.locator("[data-part=really] button")
    expect(sure).to_be_disabled()
    sure.click(force=True)
    assert Submission.objects.count() == 0
    sure.click()
    page.wait_for_selector("[data-part=receipt-title]:visible")
