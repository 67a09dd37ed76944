"""The pages of an exam on small screens, by keyboard alone and without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from exams.models import Attempt, Result
from exams.services.answer_journal import current_answers
from tests.browser.conftest import DESKTOP, PHONE, SMALL
from tests.browser.exam import OPTION, QUESTION, begin, go_to
from tests.exams.phone import right_answers
from tests.factories.sittings import CANARY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What of the bars of an exam stands outside the screen, and what the lower one hides.
OUTSIDE = """
() => [...document.querySelectorAll(".exam__bar *, .exam__actions *")]
  .filter((one) => one.checkVisibility())
  .filter((one) => {
    const { left, right, bottom } = one.getBoundingClientRect();
    return left < 0 || right > innerWidth || bottom > innerHeight;
  })
  .map((one) => one.textContent.trim())
"""
HIDDEN = """
() => {
  const below = (one) => one.getBoundingClientRect().bottom;
  const bar = [...document.querySelectorAll(".exam__actions")]
    .find((one) => one.checkVisibility())
    .getBoundingClientRect().top;
  scrollTo(0, document.body.scrollHeight);
  return [...document.querySelectorAll("main button:not(.exam__actions *)")]
    .filter((one) => one.checkVisibility() && below(one) > bar)
    .map((one) => one.textContent.trim());
}
"""


def test_the_whole_exam_without_javascript(seat, phones):
    user, _sitting, start_url = seat
    page = phones(user, java_script_enabled=False).new_page()
    page.goto(start_url)
    page.locator(".action .button--primary").click()
    attempt = Attempt.objects.get()

    for slot, value in right_answers(attempt).items():
        if slot == "4":
            page.fill("[name=value]", CANARY)
        for one in value if isinstance(value, list) else [value]:
            if slot != "4":
                page.locator(f"[value='{one}']").check(force=True)
        with page.expect_navigation():
            page.locator(".exam__actions .button--primary:visible").click()
    assert current_answers(attempt) == right_answers(attempt)
    page.locator("[name=sure]").check()
    page.locator(".exam__actions .button--primary:visible").click()
    page.wait_for_url("**/receipt/")
    page.goto(page.url.replace("receipt", "result"))

    assert Result.objects.get().passed
    assert page.locator(".exam-result__verdict--ok").count() == 1


@pytest.mark.parametrize(
    "viewport", [SMALL, PHONE, DESKTOP], ids=["320", "390", "1440"]
)
def test_every_exam_page_fits_and_is_accessible(seat, phones, viewport):
    user, _sitting, start_url = seat
    context = phones(user, viewport=viewport)
    page = context.new_page()
    found = []

    def check(name):
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if wide:
            found.append((name, "wider than the screen"))
        for rule in Axe().run(page).response["violations"]:
            if rule["impact"] in ("serious", "critical"):
                found.append((name, rule["id"], rule["nodes"][0]["html"]))

    page.goto(start_url.split("sittings")[0])
    check("list")
    page.goto(start_url)
    check("start")
    page.locator(".action .button--primary").click()
    page.wait_for_selector(".is-running")
    for number in range(1, 6):
        go_to(page, number)
        check(f"question {number}")
    context.set_offline(True)
    page.locator(OPTION).first.click()
    page.wait_for_selector("[data-banner]:visible")
    check("offline")
    context.set_offline(False)
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    page.locator(".exam__to-sheet").click()
    page.locator("[data-do=insist]").click()
    check("review")
    page.locator("[data-part=really] button").click()
    page.wait_for_selector("[data-part=receipt-title]:visible")
    check("receipt")
    page.locator("[data-view-part=receipt] .button--primary").click()
    page.wait_for_selector(".exam-result__verdict--bad")
    check("result")

    assert found == []


@pytest.mark.parametrize("large", [False, True], ids=["standard type", "large type"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("viewport", [SMALL, PHONE], ids=["320", "390"])
def test_the_bars_of_an_exam_stay_whole(
    long_seat, phones, live_server, viewport, language, large
):
    user, start_url = long_seat
    chosen = {"django_language": language} | ({"comfort": "1"} if large else {})
    cookies = [
        {"name": name, "value": value, "url": live_server.url}
        for name, value in chosen.items()
    ]
    found = {}

    def check(page, name):
        if outside := page.evaluate(OUTSIDE):
            found[name, "outside"] = outside
        if hidden := page.evaluate(HIDDEN):
            found[name, "hidden"] = hidden

    context = phones(user, viewport=viewport)
    context.add_cookies(cookies)
    page = begin(context, start_url)
    title = page.locator(".exam__title").bounding_box()
    check(page, "first")
    go_to(page, 30)
    check(page, "last")
    page.locator(".exam__to-sheet").click()
    check(page, "sheet")
    page.locator("[data-do=insist]").click()
    check(page, "really")
    context.close()
    context = phones(user, viewport=viewport, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(start_url)
    page.locator(".action .button--primary").click()
    page.locator(".notice .button--primary:visible").click()
    check(page, "first, no script")
    page.goto(f"{page.url}?q=30")
    check(page, "last, no script")

    assert found == {}
    if large and viewport == SMALL:
        assert title is None, "the question needs the room"
    else:
        assert title["width"] >= 96


def test_large_type_on_a_small_phone_shows_question_and_first_answer(
    long_seat, phones, live_server
):
    user, start_url = long_seat
    context = phones(user, viewport={"width": 320, "height": 568})
    context.add_cookies([{"name": "comfort", "value": "1", "url": live_server.url}])

    page = begin(context, start_url)

    stem = page.locator(f"{QUESTION} .exam-question__stem").bounding_box()
    option = page.locator(OPTION).first.bounding_box()
    actions = page.locator("[data-view-part=paper] .exam__actions").bounding_box()
    assert stem["y"] >= 0
    assert option["y"] + option["height"] <= actions["y"]


def test_the_exam_can_be_sat_with_the_keyboard_alone(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user, has_touch=False), start_url)
    attempt = Attempt.objects.get()

    page.locator(f"{QUESTION} input").first.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    page.locator("[data-part=next]").focus()
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.tagName") == "LEGEND"
    assert page.evaluate("document.activeElement.closest('[hidden]')") is None
    assert len(current_answers(attempt)) == 1
