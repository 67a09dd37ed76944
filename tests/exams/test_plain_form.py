"""The exam without JavaScript: what arrives by the plain form is journalled too."""

import pytest

from exams.delivery import save_limit
from exams.models import AnswerEntry, Attempt, Disposition, Submission
from exams.services import answer_journal
from exams.services.answer_journal import current_answers, record_answers
from exams.services.attempts import take_seat
from exams.services.finalise import finalise_if_due
from lms.web.rate_limits import Limit
from tests.exams.phone import Phone, let_time_pass, save
from tests.factories.sittings import make_sitting

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def phone():
    phone = Phone(make_sitting())
    phone.start()
    return phone


def attempt_of(phone):
    return Attempt.objects.get(uuid=phone.attempt)


def post(phone, number, **data):
    page = phone.client.get(f"/exams/attempts/{phone.attempt}/run/")
    token = phone.client.cookies["csrftoken"].value
    assert page.status_code in (200, 302)
    return phone.client.post(
        f"/exams/attempts/{phone.attempt}/run/?q={number}",
        data | {"csrfmiddlewaretoken": token},
        follow=True,
    )


def test_an_answer_after_the_grace_is_kept_as_late_and_said_to_be(phone):
    let_time_pass(attempt_of(phone), hours=2)

    response = post(phone, 4, value="too late")

    entry = AnswerEntry.objects.get()
    assert (entry.disposition, entry.value) == (Disposition.LATE, '["too late"]')
    assert response.redirect_chain[-1][0].endswith("/receipt/")
    assert "这个答案送到太晚，不能计分" in response.text


def test_an_answer_from_a_lost_seat_is_kept_and_changes_nothing(phone):
    post(phone, 4, value="first")
    take_seat(attempt_of(phone), session="another device")

    response = post(phone, 4, value="second")

    assert current_answers(attempt_of(phone)) == {"4": ["first"]}
    stale = AnswerEntry.objects.get(disposition=Disposition.STALE_SEAT)
    assert stale.value == '["second"]'
    assert "这场考试正在另一台设备上进行" in response.text


def test_a_machine_that_sends_the_form_again_and_again_is_told_to_wait(
    phone, monkeypatch
):
    monkeypatch.setattr(save_limit, "SAVES", Limit(30, 600))
    token = phone.client.get(f"/exams/attempts/{phone.attempt}/run/").context
    form = {"csrfmiddlewaretoken": str(token["csrf_token"])}
    address = f"/exams/attempts/{phone.attempt}/run/?q=4"

    for turn in range(50):
        phone.client.post(address, form | {"value": str(turn)})
    page = phone.client.post(address, form | {"value": "last"}, follow=True)

    assert "一次发来的答案太多" in page.text
    assert AnswerEntry.objects.count() == 30


def test_an_answer_behind_a_gap_is_the_current_one(phone):
    attempt = attempt_of(phone)
    save(attempt, (1, "4", ["old"]), (5, "4", ["newer"]))

    record_answers(attempt, values={"4": ["newest"]})

    assert current_answers(attempt) == {"4": ["newest"]}


def test_a_number_taken_in_the_same_moment_is_left_to_the_other(phone, monkeypatch):
    attempt = attempt_of(phone)
    save_answers = answer_journal.save_answers
    others = iter([(1, "3", None)])

    def save_behind_another(card, **kwargs):
        for other in others:
            save(attempt, other)
        return save_answers(card, **kwargs)

    monkeypatch.setattr(answer_journal, "save_answers", save_behind_another)

    saved = record_answers(attempt, values={"4": ["mine"]})

    assert (saved.acked, saved.conflicts) == ([2], [])
    assert current_answers(attempt) == {"4": ["mine"]}
    fates = AnswerEntry.objects.order_by("pk").values_list("seq", "disposition")
    assert list(fates) == [(1, "counted"), (1, "conflict"), (2, "counted")]


def test_an_unchanged_page_writes_nothing(phone):
    post(phone, 4, value="same")
    post(phone, 4, value="same")

    assert AnswerEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "answered"), [(["a", "b"], 1), (["a", ""], 0), (["a", " "], 0)]
)
def test_a_question_with_an_empty_blank_is_not_answered(given, answered):
    slots = [{"slot": "1", "type": "fill", "stem": "_", "marks": "2", "blanks": 2}]
    content = {"version": 1, "title": "", "sections": [{"title": "", "slots": slots}]}
    phone = Phone(make_sitting(content, key={}))
    phone.start()
    attempt = attempt_of(phone)
    save(attempt, (1, "1", given))

    page = phone.client.get(f"/exams/attempts/{phone.attempt}/review/")

    assert page.context["open_count"] == 1 - answered
    let_time_pass(attempt, days=1)
    assert finalise_if_due(attempt)
    assert Submission.objects.get().answered == answered


def test_whoever_signs_in_at_a_button_comes_back_to_its_page(client):
    phone = Phone(make_sitting())
    begin = f"/exams/sittings/{phone.sitting.uuid}/begin/"
    signed_out = client.post(begin)
    phone.start()
    take_over = f"/exams/attempts/{phone.attempt}/take-over/"

    assert signed_out.url == f"/accounts/login/?next={begin}"
    for address, page in ((begin, begin[:-6]), (take_over, take_over[:-10] + "run/")):
        response = phone.client.get(address)
        assert (response.status_code, response.url) == (302, page)
    assert Attempt.objects.get().seat_epoch == 1
