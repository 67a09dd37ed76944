"""The end of an exam's time: what the phone does at zero and with extra time."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from exams.models import AnswerEntry, Attempt, Submission
from exams.services.attempts import adjust_time
from lms.evidence import clock
from tests.browser.exam import (
    OPTION,
    QUESTION,
    RECORDS,
    begin,
    reopen,
    shown,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)

    leave_time(user, 3)
    page.locator(OPTION).first.click()

    page.wait_for_selector("[data-part=receipt-title]:visible")
    assert Submission.objects.get().answered == 1


def test_at_zero_the_server_is_asked_and_extra_time_goes_on(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    page.route("**/answers", seem_to_leave_a_second, times=1)

    page.locator(OPTION).first.click()
    page.wait_for_selector("exam-clock[data-tone=bad]")
    page.wait_for_selector("exam-clock[data-tone=ok]")

    page.wait_for_selector(f"{QUESTION}:enabled")
    page.wait_for_selector("[data-when=time]", state="hidden")
    assert not Submission.objects.exists()


def test_extra_time_ends_a_hand_in_that_kept_failing(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
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
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
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
    user, _sitting, start_url = seat
    context = phones(user)
    first = begin(context, start_url)
    leave_time(user, 5)

    second = reopen(context if why == "tab" else phones(user), first.url)
    expect(second.locator("exam-clock")).to_have_text("00:00")

    assert second.locator(f"[data-when={why}]").is_visible()
    assert not second.locator("[data-when=time]").is_visible()
    second.evaluate("document.querySelector('exam-runner').handIn()")
    assert second.locator("[data-busy]").count() == 0


def test_on_waking_the_phone_hears_of_the_deadline(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    assert page.locator("exam-clock[data-tone=ok]").count() == 1
    leave_time(user, 200)

    page.evaluate(
        """const asleep = Date.now() + 60000;
        Date.now = () => asleep;
        dispatchEvent(new PageTransitionEvent("pageshow"));"""
    )

    page.wait_for_selector("exam-clock[data-tone=warn]")


def test_of_an_exam_that_is_over_nothing_stays_on_the_phone(seat, phones):
    user, _sitting, start_url = seat
    context = phones(user)
    page = begin(context, start_url)
    context.set_offline(True)
    page.locator(OPTION).first.click()
    page.wait_for_selector(f"{QUESTION} [data-saved=local]")
    leave_time(user, -600)
    context.set_offline(False)

    page.wait_for_selector("[data-when=closed]:visible")

    assert wait_until(lambda: page.evaluate(RECORDS) == 0, seconds=10) is not None
    assert shown(page) == {"1": "unsaved"}
    assert AnswerEntry.objects.get().disposition == "late"
