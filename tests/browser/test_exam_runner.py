import datetime as dt
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from exams.models import AnswerEntry, Attempt, Result, Submission
from exams.services.answers import current_answers
from exams.services.attempts import start_attempt
from lms import clock
from tests.exams.delivery_factories import (
    CANARY,
    CandidateFactory,
    UserFactory,
    make_sitting,
    right_answers,
    token,
)

from .conftest import DESKTOP, PHONE, SMALL, kill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUESTION = ".exam-question:not([hidden])"
OPTION = f"{QUESTION} .exam-option"
SAVED = f"{QUESTION} [data-saved]"
OFFLINE_SECONDS = 20

# A phone whose storage says yes and keeps nothing: what E23 must be able to see.
FORGETFUL = """
IDBObjectStore.prototype.put = function () { return this.get("nothing"); };
Storage.prototype.setItem = function () {};
"""


@pytest.fixture
def seat(live_server):
    """A candidate of a sitting with five questions, and the address of its door."""
    user = UserFactory()
    user.set_password("a-long-password-1")
    user.save()
    sitting = make_sitting()
    CandidateFactory(sitting=sitting, person=user.person)
    return user, sitting, f"{live_server.url}/exams/sittings/{sitting.uuid}/"


@pytest.fixture
def phones(browser, browser_context_args, live_server):
    """Open contexts that are signed in as a user; all closed in the end."""
    opened = []

    def phone(user, **options):
        context = browser.new_context(**browser_context_args | options)
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        value = client.cookies[name].value
        context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        opened.append(context)
        return context

    yield phone
    for context in opened:
        context.close()


def begin(context, door):
    page = context.new_page()
    page.goto(door)
    page.locator(".action .button--primary").click()
    page.wait_for_selector(".is-running")
    return page


def reopen(context, url):
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".is-running")
    return page


def wait_until(condition, *, seconds):
    """Wait for a condition of the database; return how long it took."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            return None
        time.sleep(0.2)
    return time.monotonic() - start


def answers_of(user):
    return current_answers(Attempt.objects.get(person=user.person))


def shown(page):
    """Every slot whose answer the phone shows as kept, and how."""
    states = page.eval_on_selector_all(
        ".exam-question [data-saved]", "all => all.map(one => one.dataset.saved)"
    )
    return {str(n): state for n, state in enumerate(states, 1) if state}


def go_to(page, number):
    page.locator(".exam__to-sheet").click()
    page.locator(".exam-cell").nth(number - 1).click()


def kill_in_the_middle(context, door, user):
    """Answer two questions on the network and one without, kill the tab, reopen.

    Return the slots that were shown as kept and are neither on the page again nor
    in the database.
    """
    page = begin(context, door)
    page.locator(OPTION).nth(1).click()
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    go_to(page, 2)
    page.locator(OPTION).nth(0).click()
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    context.set_offline(True)
    go_to(page, 3)
    page.locator(OPTION).nth(1).click()
    page.wait_for_selector(f"{QUESTION} [data-saved=local]")
    promised, url = shown(page), page.url
    kill(page)
    context.set_offline(False)
    saved = answers_of(user)
    page = reopen(context, url)
    there = shown(page)
    lost = [s for s, state in promised.items() if state == "saved" and s not in saved]
    return promised, lost + [slot for slot in promised if slot not in there], page


def test_a_killed_tab_loses_nothing_that_was_shown_as_kept(seat, phones):
    user, _sitting, door = seat

    promised, lost, page = kill_in_the_middle(phones(user), door, user)

    assert promised == {"1": "saved", "2": "saved", "3": "local"}
    assert lost == []
    assert wait_until(lambda: len(answers_of(user)) == 3, seconds=10) is not None
    page.wait_for_function(
        "document.querySelectorAll('[data-saved=saved]').length === 3"
    )


def test_the_same_on_a_phone_that_forgets_is_seen_by_this_test(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    context.add_init_script(FORGETFUL)

    _promised, lost, _page = kill_in_the_middle(context, door, user)

    assert lost == ["3"]


def answer_everything(page, attempt):
    """Answer all five questions right, by the server's knowledge."""
    for slot, value in right_answers(attempt).items():
        go_to(page, int(slot))
        if slot == "4":
            page.locator(f"{QUESTION} input").fill(CANARY)
            continue
        for option in value if isinstance(value, list) else [value]:
            page.locator(f"{QUESTION} .exam-option:has([value='{option}'])").click()


def test_answers_given_offline_are_all_there_ten_seconds_after(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    page = begin(context, door)
    attempt = Attempt.objects.get(person=user.person)
    context.set_offline(True)

    answer_everything(page, attempt)
    page.wait_for_selector("[data-banner]:visible")
    page.wait_for_timeout(OFFLINE_SECONDS * 1000)
    assert answers_of(user) == {}
    assert set(shown(page).values()) == {"local"}
    context.set_offline(False)

    assert wait_until(lambda: len(answers_of(user)) == 5, seconds=10) is not None
    assert answers_of(user) == right_answers(attempt)
    page.wait_for_selector("[data-banner]", state="hidden")


def test_an_exam_from_the_door_to_the_result(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    answer_everything(page, Attempt.objects.get(person=user.person))

    page.locator(".exam__to-sheet").click()
    page.locator("[data-part=hand-in]").click()
    page.wait_for_selector("[data-part=receipt-title]:visible")

    kept = page.evaluate(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("exam-answers");
          opening.onsuccess = () => {
            const rows = opening.result.transaction("attempts").objectStore("attempts");
            rows.count().onsuccess = (event) => resolve(event.target.result);
          };
        })"""
    )
    assert kept == 0
    assert Submission.objects.get().answered == 5
    page.locator("[data-view-part=receipt] .button--primary").click()
    page.wait_for_selector(".exam-result__verdict--ok")
    assert page.locator(".exam-result__number").inner_text() == "10"


def test_a_hand_in_that_fails_keeps_button_and_answers(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    answer_everything(page, Attempt.objects.get(person=user.person))
    page.route("**/submit", lambda route: route.abort())
    page.locator(".exam__to-sheet").click()

    page.locator("[data-part=hand-in]").click()
    page.wait_for_selector("[data-part=failed]:visible")
    assert not Submission.objects.exists()
    page.unroute("**/submit")
    page.locator("[data-part=hand-in]").click()

    page.wait_for_selector("[data-part=receipt-title]:visible")
    assert Submission.objects.count() == 1


def test_a_second_tab_reads_and_the_first_writes(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    first = begin(context, door)

    second = reopen(context, first.url)

    second.wait_for_selector("[data-when=tab]:visible")
    assert second.locator(f"{QUESTION}:disabled").count() == 1
    first.bring_to_front()
    first.locator(OPTION).first.click()
    first.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    first.close()
    second.wait_for_selector("[data-when=tab]", state="hidden")
    second.wait_for_selector(f"{QUESTION}:enabled")


def test_another_device_takes_over_and_the_former_one_says_so(seat, phones):
    user, _sitting, door = seat
    old = begin(phones(user), door)

    new = reopen(phones(user), old.url)
    new.wait_for_selector("[data-when=device]:visible")
    new.locator("[data-do=takeSeat]").click()
    new.wait_for_selector(f"{QUESTION}:enabled")
    new.locator(OPTION).first.click()
    new.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    old.locator(OPTION).nth(1).click()

    old.wait_for_selector("[data-when=device]:visible")
    attempt = Attempt.objects.get()
    chosen = new.locator(f"{QUESTION} :checked").get_attribute("value")
    assert current_answers(attempt) == {"1": chosen}


def test_when_time_is_up_the_phone_hands_in_by_itself(seat, phones):
    user, sitting, door = seat
    start_attempt(
        sitting, person=user.person, now=clock.now() - dt.timedelta(seconds=3592)
    )
    page = begin(phones(user), door)
    page.locator(OPTION).first.click()

    page.wait_for_selector("[data-part=receipt-title]:visible", timeout=20_000)

    assert Submission.objects.get().answered == 1


def test_signing_in_again_happens_in_place_and_loses_nothing(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    page = begin(context, door)
    context.clear_cookies()

    page.locator(OPTION).first.click()
    page.wait_for_selector("[data-part=signin]:visible")
    assert answers_of(user) == {}
    page.fill("#again-login", user.username)
    page.fill("#again-password", "a-long-password-1")
    page.locator("[data-part=signin] button").click()

    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    assert len(answers_of(user)) == 1


def test_the_whole_exam_without_javascript(seat, phones):
    user, _sitting, door = seat
    page = phones(user, java_script_enabled=False).new_page()
    page.goto(door)
    page.locator(".action .button--primary").click()
    attempt = Attempt.objects.get()

    for slot, value in right_answers(attempt).items():
        if slot == "4":
            page.fill("[name=value]", CANARY)
        for one in value if isinstance(value, list) else [value]:
            if slot != "4":
                page.locator(f"[value='{one}']").check(force=True)
        page.locator(".exam__actions .button--primary:visible").click()
    assert current_answers(attempt) == right_answers(attempt)
    page.locator(".exam__actions .button--primary:visible").click()
    page.goto(page.url.replace("receipt", "result"))

    assert Result.objects.get().passed
    assert page.locator(".exam-result__verdict--ok").count() == 1


@pytest.mark.parametrize(
    "viewport", [SMALL, PHONE, DESKTOP], ids=["320", "390", "1440"]
)
def test_every_exam_page_fits_and_is_accessible(seat, phones, viewport):
    user, _sitting, door = seat
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

    page.goto(door.split("sittings")[0])
    check("list")
    page.goto(door)
    check("door")
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


def test_the_exam_can_be_sat_with_the_keyboard_alone(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user, has_touch=False), door)
    attempt = Attempt.objects.get()

    page.locator(f"{QUESTION} input").first.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    page.locator("[data-part=next]").focus()
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.tagName") == "LEGEND"
    assert page.evaluate("document.activeElement.closest('[hidden]')") is None
    assert len(current_answers(attempt)) == 1


def test_nothing_of_the_key_reaches_the_phone(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    page = begin(context, door)
    resume = page.url.removesuffix("/run/")
    page.locator(OPTION).first.click()
    page.wait_for_selector(SAVED + "[data-saved=saved]")

    pages = [door, page.url, resume, f"{resume}/review/", f"{resume}/result/"]
    texts = [context.request.get(url).text() for url in pages]
    assert not any(CANARY in text for text in texts)
    assert token(Attempt.objects.get(), "1-1") in "".join(texts)
    assert AnswerEntry.objects.count() == 1
