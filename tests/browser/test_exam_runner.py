import datetime as dt
import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from exams.models import AnswerEntry, Attempt, Result, Submission
from exams.services.answers import current_answers
from exams.services.attempts import adjust_time
from lms import clock
from tests.exams.delivery_factories import (
    CANARY,
    CandidateFactory,
    UserFactory,
    make_sitting,
    options,
    right_answers,
    save,
    token,
)

from .conftest import DESKTOP, PHONE, SMALL, kill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUESTION = ".exam-question:not([hidden])"
OPTION = f"{QUESTION} .exam-option"
SAVED = f"{QUESTION} [data-saved]"
RESUME = re.compile(r"/exams/attempts/[0-9a-f-]{36}$")

# A phone whose storage says yes and keeps nothing: what E23 must be able to see.
FORGETFUL = """
IDBObjectStore.prototype.put = function () { return this.get("nothing"); };
Storage.prototype.setItem = function () {};
"""

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

# How many records of exams the phone holds, in both of its stores.
RECORDS = """
() => new Promise((resolve) => {
  const opening = indexedDB.open("exam-answers");
  opening.onsuccess = () => {
    const rows = opening.result.transaction("attempts").objectStore("attempts");
    const fallback = Object.keys(localStorage).filter((key) => /^exam-ans/.test(key));
    rows.count().onsuccess = ({ target }) => resolve(target.result + fallback.length);
  };
})
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
def long_seat(seat):
    """The same candidate before a paper of thirty questions with a long title."""
    user, _sitting, door = seat
    slots = [
        {"slot": str(n), "type": "single", "stem": "甲" * 40, "marks": "1"}
        | {"options": options(n, 4)}
        for n in range(1, 31)
    ]
    content = {"version": 1, "title": "", "sections": [{"title": "", "slots": slots}]}
    sitting = make_sitting(content, key={}, title="有限空间作业专项培训结业考试")
    CandidateFactory(sitting=sitting, person=user.person)
    return user, re.sub(r"[^/]+/$", f"{sitting.uuid}/", door)


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


def test_e23_a_killed_tab_loses_nothing_that_was_shown_as_kept(seat, phones):
    user, _sitting, door = seat

    promised, lost, page = kill_in_the_middle(phones(user), door, user)

    assert promised == {"1": "saved", "2": "saved", "3": "local"}
    assert lost == []
    assert wait_until(lambda: len(answers_of(user)) == 3, seconds=10) is not None
    expect(page.locator("[data-saved=saved]")).to_have_count(3)


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


def test_e24_answers_given_in_ten_minutes_offline_are_all_there_in_ten_seconds(
    seat, phones
):
    user, _sitting, door = seat
    context = phones(user)
    context.clock.install()
    page = begin(context, door)
    attempt = Attempt.objects.get(person=user.person)
    context.set_offline(True)

    answer_everything(page, attempt)
    page.wait_for_selector("[data-banner]:visible")
    for _half_minute in range(20):  # of the phone, which tries again all the while
        context.clock.run_for("30")
    expect(page.locator("[data-line]")).to_contain_text("10 分钟前")
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

    assert page.evaluate(RECORDS) == 0
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


def test_after_a_hand_in_that_failed_there_is_one_button_to_press(long_seat, phones):
    user, door = long_seat
    page = begin(phones(user, viewport=SMALL), door)
    page.route("**/submit", lambda route: route.abort())
    press_hand_in(page)

    notice = page.locator("[data-part=failed]")
    notice.wait_for()
    buttons = page.locator("[data-view-part=review] button:not(.exam-cell):visible")
    assert buttons.all_inner_texts() == ["返回题目", "交卷"]
    bar = page.locator("[data-view-part=review] .exam__actions").bounding_box()
    box = notice.bounding_box()
    assert box["y"] > 0
    assert box["y"] + box["height"] <= bar["y"]
    page.unroute("**/submit")
    page.locator("[data-part=hand-in]").click()

    page.wait_for_selector("[data-part=receipt-title]:visible")
    assert page.locator("[data-part=live]").text_content() == ""
    moment = timezone.localtime(Submission.objects.get().submitted_at)
    shown_time = page.locator("[data-part=receipt-time]").inner_text()
    assert shown_time == f"{moment:%Y-%m-%d %H:%M}"


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
    second.wait_for_selector(f".is-running {QUESTION}:enabled")


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


def leave_time(user, seconds):
    """Move the end of the exam; the phone hears of it with its next save."""
    end = clock.now() + dt.timedelta(seconds=seconds)
    Attempt.objects.filter(person=user.person).update(
        started_at=end - dt.timedelta(hours=1),
        deadline_at_start=end,
        deadline=end,
        grace_until=end + dt.timedelta(minutes=2),
    )


def seem_to_leave_a_second(route):
    """Answer a save as a server does that gives extra time a moment later."""
    response = route.fetch()
    body = response.json()
    moment = dt.datetime.fromisoformat(body["server_now"]) + dt.timedelta(seconds=1)
    route.fulfill(response=response, json=body | {"deadline": moment.isoformat()})


def test_when_time_is_up_the_phone_hands_in_by_itself(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)

    leave_time(user, 3)
    page.locator(OPTION).first.click()

    page.wait_for_selector("[data-part=receipt-title]:visible")
    assert Submission.objects.get().answered == 1


def test_at_zero_the_server_is_asked_and_extra_time_goes_on(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    page.route("**/answers", seem_to_leave_a_second, times=1)

    page.locator(OPTION).first.click()
    page.wait_for_selector("exam-clock[data-tone=bad]")
    page.wait_for_selector("exam-clock[data-tone=ok]")

    page.wait_for_selector(f"{QUESTION}:enabled")
    page.wait_for_selector("[data-when=time]", state="hidden")
    assert not Submission.objects.exists()


def test_extra_time_ends_a_hand_in_that_kept_failing(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    page.route("**/submit", lambda route: route.abort())
    leave_time(user, 3)
    with page.expect_request("**/submit"):
        page.locator(OPTION).first.click()

    extra = Attempt.objects.filter(person=user.person)
    adjust_time(extra, seconds=600, reason="late start")

    page.wait_for_selector("exam-clock[data-tone=ok]")
    page.wait_for_selector(f"{QUESTION}:enabled")
    page.unroute("**/submit")
    page.locator(OPTION).nth(1).click()
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    assert not Submission.objects.exists()


def test_at_zero_without_network_the_paper_waits_for_the_server(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    page.route("**/answers", lambda route: route.abort())
    page.route("**/answers", seem_to_leave_a_second, times=1)
    asked = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1]))

    page.locator(OPTION).first.click()
    page.wait_for_selector("[data-when=time]:visible")
    page.wait_for_selector("[data-banner]:visible")
    assert page.locator(f"{QUESTION}:disabled").count() == 1
    assert set(asked) == {"answers"}
    leave_time(user, -1)
    page.unroute("**/answers")

    page.wait_for_selector("[data-part=receipt-title]:visible")


@pytest.mark.parametrize("why", ["tab", "device"])
def test_whoever_only_reads_hands_nothing_in_at_zero(seat, phones, why):
    user, _sitting, door = seat
    context = phones(user)
    first = begin(context, door)
    leave_time(user, 5)

    second = reopen(context if why == "tab" else phones(user), first.url)
    expect(second.locator("exam-clock")).to_have_text("00:00")

    assert second.locator(f"[data-when={why}]").is_visible()
    assert not second.locator("[data-when=time]").is_visible()
    second.evaluate("document.querySelector('exam-runner').handIn()")
    assert second.locator("[data-busy]").count() == 0


def press_hand_in(page):
    """Hand in although questions are open."""
    page.locator(".exam__to-sheet").click()
    page.locator("[data-do=insist]").click()
    page.locator("[data-part=really] button").click()


def test_handing_in_waits_for_a_save_that_is_under_way(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    held = []
    page.route("**/answers", lambda route: held.append(route), times=1)
    with page.expect_request("**/answers"):
        page.locator(OPTION).first.click()

    press_hand_in(page)
    page.wait_for_selector("[data-busy]")
    held.pop().continue_()

    page.wait_for_selector("[data-part=receipt-title]:visible")
    assert Submission.objects.get().answered == 1


def test_an_answer_the_phone_kept_elsewhere_is_not_forgotten(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    page = begin(context, door)
    page.locator(OPTION).first.click()
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    context.set_offline(True)
    page.evaluate("() => { delete IDBObjectStore.prototype.put; }")
    go_to(page, 2)
    page.locator(OPTION).first.click()
    page.wait_for_selector(f"{QUESTION} [data-saved=local]")
    url = page.url
    kill(page)
    context.set_offline(False)

    page = reopen(context, url)

    expect(page.locator("[data-saved=saved]")).to_have_count(2)
    assert answers_of(user).keys() == {"1", "2"}
    assert page.evaluate(RECORDS) == 1


def test_a_number_that_is_taken_never_brings_an_older_answer_back(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    attempt = Attempt.objects.get()
    choices = page.locator(f"{QUESTION} .exam-option input")
    older, newer, other = (choices.nth(n).get_attribute("value") for n in range(3))
    page.route("**/answers", lambda route: route.abort())
    with page.expect_request("**/answers"):
        page.locator(OPTION).nth(0).click()
    with page.expect_request(
        lambda request: request.url.endswith("/answers") and newer in request.post_data
    ):
        page.locator(OPTION).nth(1).click()
    save(attempt, (1, "1", other))

    page.unroute("**/answers")

    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    assert older in AnswerEntry.objects.get(disposition="conflict").value
    assert answers_of(user) == {"1": newer}


def test_other_answers_of_the_server_are_shown_before_they_are_handed_in(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    page.locator(OPTION).first.click()
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    other = page.locator(f"{QUESTION} input").nth(1)
    save(Attempt.objects.get(), (2, "1", other.get_attribute("value")))

    press_hand_in(page)
    page.wait_for_selector("[data-part=differs]:visible")

    assert other.is_checked()
    assert not Submission.objects.exists()
    page.locator("[data-do=insist]").click()
    page.locator("[data-part=really] button").click()
    page.wait_for_selector("[data-part=receipt-title]:visible")


def test_signing_in_again_happens_in_place_and_loses_nothing(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    page = begin(context, door)
    context.clear_cookies()

    page.locator(OPTION).first.click()
    page.wait_for_selector("[data-part=signin]:visible")
    assert answers_of(user) == {}
    sign_in_again(page, user)

    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    assert len(answers_of(user)) == 1


def sign_in_again(page, user):
    page.fill("#again-login", user.username)
    page.fill("#again-password", "a-long-password-1")
    page.locator("[data-part=signin] button").click()


def test_an_answer_changed_while_signed_out_counts(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    page = begin(context, door)
    page.locator(OPTION).first.click()
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    context.clear_cookies()
    page.locator(OPTION).nth(1).click()

    sign_in_again(page, user)

    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    chosen = page.locator(f"{QUESTION} :checked").get_attribute("value")
    assert answers_of(user) == {"1": chosen}


def test_a_seat_that_is_not_given_at_once_after_signing_in_is_asked_for_again(
    seat, phones
):
    user, _sitting, door = seat
    context = phones(user)
    page = begin(context, door)
    context.clear_cookies()
    page.locator(OPTION).first.click()
    page.wait_for_selector("[data-part=signin]:visible")
    page.route("**/seat", lambda route: route.fulfill(status=503), times=1)
    page.route("**/seat", lambda route: route.abort(), times=1)

    sign_in_again(page, user)

    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    assert len(answers_of(user)) == 1


def test_a_busy_server_asks_nobody_to_sign_in(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    page.route("**/answers", lambda route: route.fulfill(status=404, json={}), times=1)
    page.route(RESUME, lambda route: route.fulfill(status=503, json={}), times=1)
    page.locator(OPTION).first.click()

    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")

    assert not page.locator("[data-part=signin]").is_visible()


@pytest.mark.parametrize("reload", [False, True], ids=["in place", "after a reload"])
def test_taking_the_seat_back_brings_what_only_this_phone_has(seat, phones, reload):
    user, _sitting, door = seat
    context = phones(user)
    old = begin(context, door)
    new = reopen(phones(user), old.url)
    new.locator("[data-do=takeSeat]").click()
    new.wait_for_selector(f"{QUESTION}:enabled")
    new.locator(OPTION).first.click()
    new.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    newer = answers_of(user)
    context.set_offline(True)
    old.locator(OPTION).nth(1).click()
    go_to(old, 2)
    old.locator(OPTION).first.click()
    only_here = old.locator(f"{QUESTION} :checked").get_attribute("value")
    context.set_offline(False)
    old.wait_for_selector("[data-when=device]:visible")
    if reload:
        old.reload()

    old.locator("[data-do=takeSeat]").click()

    expect(old.locator("[data-saved=saved]")).to_have_count(2)
    assert answers_of(user) == newer | {"2": [only_here]}


def test_long_answers_leave_in_requests_the_server_takes(seat, phones):
    user, _sitting, door = seat
    slots = [
        {"slot": str(n), "type": "fill", "stem": "a ___ b ___ c ___", "marks": "1"}
        | {"blanks": 3}
        for n in range(1, 41)
    ]
    content = {"version": 1, "title": "", "sections": [{"title": "", "slots": slots}]}
    sitting = make_sitting(content, key={})
    CandidateFactory(sitting=sitting, person=user.person)
    page = begin(phones(user), re.sub(r"[^/]+/$", f"{sitting.uuid}/", door))
    sizes = []
    page.on(
        "request",
        lambda request: sizes.append(len((request.post_data or "").encode())),
    )

    page.evaluate(
        """for (const input of document.querySelectorAll(".exam-blank-field input")) {
          input.value = "字".repeat(200);
          input.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    expect(page.locator("[data-saved=saved]")).to_have_count(40)

    assert sum(sizes) > 64 * 1024
    assert max(sizes) <= 64 * 1024


@pytest.mark.parametrize(
    ("status", "code"), [(403, "csrf"), (400, "bad_json")], ids=["403", "400"]
)
def test_a_refusal_is_followed_by_a_pause(seat, phones, status, code):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    refused = []

    def refuse(route):
        refused.append(route)
        route.fulfill(status=status, json={"code": code})

    page.route("**/answers", refuse)
    page.locator(OPTION).first.click()
    page.wait_for_selector("[data-banner]:visible")

    assert len(refused) <= 3


def test_a_lost_csrf_cookie_comes_back_by_itself(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    page = begin(context, door)
    context.clear_cookies(name="csrftoken")

    page.locator(OPTION).first.click()

    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    assert len(answers_of(user)) == 1


def test_on_waking_the_phone_hears_of_the_deadline(seat, phones):
    user, _sitting, door = seat
    page = begin(phones(user), door)
    assert page.locator("exam-clock[data-tone=ok]").count() == 1
    leave_time(user, 200)

    page.evaluate(
        """const asleep = Date.now() + 60000;
        Date.now = () => asleep;
        dispatchEvent(new PageTransitionEvent("pageshow"));"""
    )

    page.wait_for_selector("exam-clock[data-tone=warn]")


def test_a_tab_whose_lease_another_took_over_only_reads(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    context.add_init_script("delete Navigator.prototype.locks")
    page = begin(context, door)
    assert page.locator("[data-when=tab]").is_hidden()

    page.evaluate(
        """const name = Object.keys(localStorage).find((k) => /^exam-tab/.test(k));
        const until = Date.now() + 60000;
        localStorage.setItem(name, JSON.stringify({ me: "another", until }));"""
    )

    page.wait_for_selector("[data-when=tab]:visible")
    assert page.locator(f"{QUESTION}:disabled").count() == 1


def test_of_an_exam_that_is_over_nothing_stays_on_the_phone(seat, phones):
    user, _sitting, door = seat
    context = phones(user)
    page = begin(context, door)
    context.set_offline(True)
    page.locator(OPTION).first.click()
    page.wait_for_selector(f"{QUESTION} [data-saved=local]")
    leave_time(user, -600)
    context.set_offline(False)

    page.wait_for_selector("[data-when=closed]:visible")

    assert wait_until(lambda: page.evaluate(RECORDS) == 0, seconds=10) is not None
    assert shown(page) == {"1": "unsaved"}
    assert AnswerEntry.objects.get().disposition == "late"


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
        with page.expect_navigation():
            page.locator(".exam__actions .button--primary:visible").click()
    assert current_answers(attempt) == right_answers(attempt)
    page.locator(".exam__actions .button--primary:visible").click()
    page.wait_for_url("**/receipt/")
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


@pytest.mark.parametrize("large", [False, True], ids=["standard type", "large type"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("viewport", [SMALL, PHONE], ids=["320", "390"])
def test_the_bars_of_an_exam_stay_whole(
    long_seat, phones, live_server, viewport, language, large
):
    user, door = long_seat
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
    page = begin(context, door)
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
    page.goto(door)
    page.locator(".action .button--primary").click()
    page.locator(".notice .button--primary:visible").click()
    check(page, "first, no script")
    page.goto(f"{page.url}?q=30")
    check(page, "last, no script")

    assert found == {}
    assert title["width"] >= 96


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
