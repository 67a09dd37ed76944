"""A network that goes away, a tab that is killed: what was shown as kept is there."""

import pytest
from playwright.sync_api import expect

from exams.models import Attempt
from tests.browser.conftest import kill
from tests.browser.exam import (
    OPTION,
    QUESTION,
    RECORDS,
    answer_everything,
    answers_of,
    begin,
    go_to,
    reopen,
    shown,
    wait_until,
)
from tests.exams.phone import right_answers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A phone whose storage says yes and keeps nothing: what E23 must be able to see.
FORGETFUL = """
IDBObjectStore.prototype.put = function () { return this.get("nothing"); };
Storage.prototype.setItem = function () {};
"""


def kill_in_the_middle(context, start_url, user):
    """Answer two questions on the network and one without, kill the tab, reopen.

    Return the slots that were shown as kept and are neither on the page again nor
    in the database.
    """
    page = begin(context, start_url)
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
    user, _sitting, start_url = seat

    promised, lost, page = kill_in_the_middle(phones(user), start_url, user)

    assert promised == {"1": "saved", "2": "saved", "3": "local"}
    assert lost == []
    assert wait_until(lambda: len(answers_of(user)) == 3, seconds=10) is not None
    expect(page.locator("[data-saved=saved]")).to_have_count(3)


def test_the_same_on_a_phone_that_forgets_is_seen_by_this_test(seat, phones):
    user, _sitting, start_url = seat
    context = phones(user)
    context.add_init_script(FORGETFUL)

    _promised, lost, _page = kill_in_the_middle(context, start_url, user)

    assert lost == ["3"]


def test_e24_answers_given_in_ten_minutes_offline_are_all_there_in_ten_seconds(
    seat, phones
):
    user, _sitting, start_url = seat
    context = phones(user)
    context.clock.install()
    page = begin(context, start_url)
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


def test_an_answer_the_phone_kept_elsewhere_is_not_forgotten(seat, phones):
    user, _sitting, start_url = seat
    context = phones(user)
    page = begin(context, start_url)
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
