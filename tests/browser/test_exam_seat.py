"""One exam in two tabs or on two devices: one of them writes, the other reads."""

import pytest
from playwright.sync_api import expect

from exams.models import Attempt
from exams.services.answer_journal import current_answers
from tests.browser.exam import OPTION, QUESTION, answers_of, begin, go_to, reopen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_second_tab_reads_and_the_first_writes(seat, phones):
    user, _sitting, start_url = seat
    context = phones(user)
    first = begin(context, start_url)

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
    user, _sitting, start_url = seat
    old = begin(phones(user), start_url)

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


@pytest.mark.parametrize("reload", [False, True], ids=["in place", "after a reload"])
def test_taking_the_seat_back_brings_what_only_this_phone_has(seat, phones, reload):
    user, _sitting, start_url = seat
    context = phones(user)
    old = begin(context, start_url)
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


def test_a_tab_whose_lease_another_took_over_only_reads(seat, phones):
    user, _sitting, start_url = seat
    context = phones(user)
    context.add_init_script("delete Navigator.prototype.locks")
    page = begin(context, start_url)
    assert page.locator("[data-when=tab]").is_hidden()

    page.evaluate(
        """const name = Object.keys(localStorage).find((k) => /^exam-tab/.test(k));
        const until = Date.now() + 60000;
        localStorage.setItem(name, JSON.stringify({ me: "another", until }));"""
    )

    page.wait_for_selector("[data-when=tab]:visible")
    assert page.locator(f"{QUESTION}:disabled").count() == 1
