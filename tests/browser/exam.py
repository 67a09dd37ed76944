"""How the tests of an exam work its page, and what they read off it."""

import time

from exams.models import Attempt
from exams.services.answer_journal import current_answers
from tests.exams.phone import right_answers
from tests.factories.sittings import CANARY

QUESTION = ".exam-question:not([hidden])"
OPTION = f"{QUESTION} .exam-option"

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


def begin(context, start_url):
    page = context.new_page()
    page.goto(start_url)
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


def hand_in(page):
    """Hand in from the answer sheet, and say yes to the last question."""
    page.locator("[data-part=hand-in]:visible, [data-do=insist]:visible").click()
    page.locator("[data-part=really] button").click()


def answer_everything(page, attempt):
    """Answer all five questions right, by the server's knowledge."""
    for slot, value in right_answers(attempt).items():
        go_to(page, int(slot))
        if slot == "4":
            page.locator(f"{QUESTION} input").fill(CANARY)
            continue
        for option in value if isinstance(value, list) else [value]:
            page.locator(f"{QUESTION} .exam-option:has([value='{option}'])").click()
