"""Handing in: what it waits for, what a failure leaves, and the result after it."""

import pytest
from django.utils import timezone

from exams.models import Attempt, Submission
from tests.browser.conftest import SMALL
from tests.browser.exam import (
    OPTION,
    QUESTION,
    RECORDS,
    answer_everything,
    begin,
    hand_in,
)
from tests.exams.phone import save

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_exam_from_its_start_page_to_the_result(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    answer_everything(page, Attempt.objects.get(person=user.person))

    page.locator(".exam__to-sheet").click()
    hand_in(page)
    page.wait_for_selector("[data-part=receipt-title]:visible")

    assert page.evaluate(RECORDS) == 0
    assert Submission.objects.get().answered == 5
    page.locator("[data-view-part=receipt] .button--primary").click()
    page.wait_for_selector(".exam-result__verdict--ok")
    assert page.locator(".exam-result__number").inner_text() == "10"


def test_a_question_with_an_empty_blank_is_not_answered(two_blanks, phones):
    user, start_url = two_blanks
    page = begin(phones(user), start_url)
    first, second = page.locator(f"{QUESTION} input").all()

    first.fill("12350")
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    half = page.locator("[data-part=progress]").inner_text()
    second.fill("72")

    assert half == "0/1"
    page.wait_for_function(
        "document.querySelector('[data-part=progress]').textContent === '1/1'"
    )


def test_a_hand_in_that_fails_keeps_button_and_answers(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    answer_everything(page, Attempt.objects.get(person=user.person))
    page.route("**/submit", lambda route: route.abort())
    page.locator(".exam__to-sheet").click()

    hand_in(page)
    page.wait_for_selector("[data-part=failed]:visible")
    assert not Submission.objects.exists()
    page.unroute("**/submit")
    page.locator("[data-part=hand-in]").click()

    page.wait_for_selector("[data-part=receipt-title]:visible")
    assert Submission.objects.count() == 1


def test_after_a_hand_in_that_failed_there_is_one_button_to_press(long_seat, phones):
    user, start_url = long_seat
    page = begin(phones(user, viewport=SMALL), start_url)
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


def press_hand_in(page):
    """Hand in although questions are open."""
    page.locator(".exam__to-sheet").click()
    hand_in(page)


def test_handing_in_waits_for_a_save_that_is_under_way(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    held = []
    page.route("**/answers", lambda route: held.append(route), times=1)
    with page.expect_request("**/answers"):
        page.locator(OPTION).first.click()

    press_hand_in(page)
    page.wait_for_selector("[data-busy]")
    held.pop().continue_()

    page.wait_for_selector("[data-part=receipt-title]:visible")
    assert Submission.objects.get().answered == 1


def test_other_answers_of_the_server_are_shown_before_they_are_handed_in(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    page.locator(OPTION).first.click()
    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    other = page.locator(f"{QUESTION} input").nth(1)
    save(Attempt.objects.get(), (2, "1", other.get_attribute("value")))

    press_hand_in(page)
    page.wait_for_selector("[data-part=differs]:visible")

    assert other.is_checked()
    assert not Submission.objects.exists()
    hand_in(page)
    page.wait_for_selector("[data-part=receipt-title]:visible")
