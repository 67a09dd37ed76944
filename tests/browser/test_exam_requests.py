"""What goes between phone and server: how much, how often, and never the key."""

import re

import pytest
from playwright.sync_api import expect

from exams.models import AnswerEntry, Attempt
from tests.browser.exam import OPTION, QUESTION, answers_of, begin
from tests.exams.phone import save, token
from tests.factories.sittings import CANARY, CandidateFactory, make_sitting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAVED = f"{QUESTION} [data-saved]"


def test_a_number_that_is_taken_never_brings_an_older_answer_back(seat, phones):
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
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


def test_long_answers_leave_in_requests_the_server_takes(seat, phones):
    user, _sitting, start_url = seat
    slots = [
        {"slot": str(n), "type": "fill", "stem": "a ___ b ___ c ___", "marks": "1"}
        | {"blanks": 3}
        for n in range(1, 41)
    ]
    content = {"version": 1, "title": "", "sections": [{"title": "", "slots": slots}]}
    sitting = make_sitting(content, key={})
    CandidateFactory(sitting=sitting, person=user.person)
    page = begin(phones(user), re.sub(r"[^/]+/$", f"{sitting.uuid}/", start_url))
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
    user, _sitting, start_url = seat
    page = begin(phones(user), start_url)
    refused = []

    def refuse(route):
        refused.append(route)
        route.fulfill(status=status, json={"code": code})

    page.route("**/answers", refuse)
    page.locator(OPTION).first.click()
    page.wait_for_selector("[data-banner]:visible")

    assert len(refused) <= 3


def test_nothing_of_the_key_reaches_the_phone(seat, phones):
    user, _sitting, start_url = seat
    context = phones(user)
    page = begin(context, start_url)
    resume = page.url.removesuffix("/run/")
    page.locator(OPTION).first.click()
    page.wait_for_selector(SAVED + "[data-saved=saved]")

    pages = [start_url, page.url, resume, f"{resume}/review/", f"{resume}/result/"]
    texts = [context.request.get(url).text() for url in pages]
    assert not any(CANARY in text for text in texts)
    assert token(Attempt.objects.get(), "1-1") in "".join(texts)
    assert AnswerEntry.objects.count() == 1
