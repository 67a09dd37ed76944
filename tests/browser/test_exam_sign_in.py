"""A session or a cookie lost in the middle of an exam: it goes on where it stood."""

import re

import pytest

from tests.browser.exam import OPTION, QUESTION, answers_of, begin

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RESUME = re.compile(r"/exams/attempts/[0-9a-f-]{36}$")


def test_signing_in_again_happens_in_place_and_loses_nothing(seat, phones):
    user, _sitting, start_url = seat
    context = phones(user)
    page = begin(context, start_url)
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
    user, _sitting, start_url = seat
    context = phones(user)
    page = begin(context, start_url)
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
    user, _sitting, start_url = seat
    context = phones(user)
    page = begin(context, start_url)
    context.clear_cookies()
    page.locator(OPTION).first.click()
    page.wait_for_selector("[data-part=signin]:visible")
    page.route("**/seat", lambda route: route.fulfill(status=503), times=1)
    page.route("**/seat", lambda route: route.abort(), times=1)

    sign_in_again(page, user)

    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    assert len(answers_of(user)) == 1


def test_a_busy_server_asks_nobody_to_sign_in(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    page.route("**/answers", lambda route: route.fulfill(status=404, json={}), times=1)
    page.route(RESUME, lambda route: route.fulfill(status=503, json={}), times=1)
    page.locator(OPTION).first.click()

    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")

    assert not page.locator("[data-part=signin]").is_visible()


def test_a_lost_csrf_cookie_comes_back_by_itself(seat, phones):
    user, _sitting, start_url = seat
    context = phones(user)
    page = begin(context, start_url)
    context.clear_cookies(name="csrftoken")

    page.locator(OPTION).first.click()

    page.wait_for_selector(f"{QUESTION} [data-saved=saved]")
    assert len(answers_of(user)) == 1
