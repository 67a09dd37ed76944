"""Hostile input to the calls of an exam: a 4xx with a stable code, nothing lost."""

import json

import pytest
from django.core.cache import cache

from exams.delivery import save_endpoint, save_limit
from exams.models import AnswerEntry, Attempt, Submission
from exams.services.answer_journal import current_answers
from lms.web.rate_limits import Limit
from tests.exams.phone import Phone
from tests.factories.sittings import make_sitting

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def phone():
    phone = Phone(make_sitting())
    phone.start()
    return phone


def item(**fields):
    return {"seq": 1, "slot": "4", "value": ["x"], "client_ms": 1} | fields


MALFORMED = {
    "not_an_object": ("text", "not_an_object"),
    "seq_missing": ({"slot": "4", "value": ["x"]}, "bad_seq"),
    "seq_zero": (item(seq=0), "bad_seq"),
    "seq_text": (item(seq="1"), "bad_seq"),
    "seq_bool": (item(seq=True), "bad_seq"),
    "seq_huge": (item(seq=10**12), "bad_seq"),
    "b033_slot_unknown": (item(slot="99"), "unknown_slot"),
    "b033_slot_list": (item(slot=["4"]), "unknown_slot"),
    "b034_made_up_option": (item(slot="1", value="A" * 16), "unknown_option"),
    "b034_plain_id": (item(slot="1", value="1-2"), "unknown_option"),
    "b035_single_two": (item(slot="1", value=["a", "b"]), "bad_value"),
    "single_number": (item(slot="1", value=3), "bad_value"),
    "single_bool": (item(slot="3", value=True), "bad_value"),
    "multiple_text": (item(slot="2", value="x"), "bad_value"),
    "multiple_nested": (item(slot="2", value=[["x"]]), "bad_value"),
    "fill_text": (item(value="x"), "bad_value"),
    "fill_too_many": (item(value=["x", "y"]), "bad_value"),
    "fill_number": (item(value=[1]), "bad_value"),
    "fill_nul": (item(value=["a\x00b"]), "bad_value"),
    "fill_half_surrogate": (item(value=["\ud800"]), "bad_value"),
    "fill_long": (item(value=["x" * 501]), "too_long"),
    "value_missing": ({"seq": 1, "slot": "4"}, "bad_value"),
}


@pytest.mark.parametrize(("raw", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_e13_a_malformed_answer_gets_its_reason_and_the_others_are_kept(
    phone, raw, reason
):
    body = {"seat_epoch": 1, "items": [raw, item(seq=7, value=["good"])]}

    response = phone.post(phone.answers_path, body)

    assert response.status_code == 400
    assert [error["code"] for error in response.json()["errors"]] == [reason]
    assert response.json()["acked"] == [7]
    assert current_answers(Attempt.objects.get()) == {"4": ["good"]}


def test_e13_malformed_answers_are_counted(phone):
    phone.save((1, "1", "A" * 16))

    assert cache.get("exams:malformed:unknown_option") == 1


def test_e13_malformed_answers_are_told_and_counted_beside_a_refusal(phone):
    other = Phone(phone.sitting, phone.user)
    other.attempt = phone.attempt
    other.take_seat()

    response = phone.save((1, "1", "A" * 16), (2, "1", phone.option("1")))

    assert response.status_code == 409
    assert response.json()["code"] == "seat_taken"
    errors = [error["code"] for error in response.json()["errors"]]
    assert errors == ["unknown_option"]
    assert cache.get("exams:malformed:unknown_option") == 1


def test_multiple_choice_is_stored_sorted_once_and_empty_clears(phone):
    tokens = [phone.option("2", n) for n in range(3)]

    phone.save((1, "2", [*reversed(tokens), tokens[0]]))
    assert current_answers(Attempt.objects.get())["2"] == sorted(tokens)
    phone.save((2, "2", []))
    assert current_answers(Attempt.objects.get()) == {}


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        (0, "0"),
        (4102444800000, "4102444800000"),
        (-5, "-5"),
        ("yesterday", "'yesterday'"),
        (None, ""),
        ([1], ""),
        ({"a": 1}, ""),
        (1.5, "1.5"),
        (10**300, "1" + 39 * "0"),
    ],
    ids=str,
)
def test_b040_the_phones_clock_is_kept_as_claimed_and_decides_nothing(
    phone, claimed, kept
):
    body = {"seat_epoch": 1, "items": [item(client_ms=claimed)]}

    response = phone.post(phone.answers_path, body)

    assert response.json()["acked"] == [1]
    entry = AnswerEntry.objects.get()
    assert (entry.client_ms, entry.disposition) == (kept, "counted")


BODIES = {
    "not_json": (b"{", 400),
    "list": (b"[]", 400),
    "nan": (b'{"seat_epoch":1,"items":[],"x":NaN}', 400),
    "not_utf8": (b'{"a":"\xff"}', 400),
    "deep": (b"[" * 60_000, 400),
    "long_number": (b'{"seat_epoch":' + b"9" * 6000 + b"}", 400),
    "other_epoch": (b'{"seat_epoch":2,"items":[]}', 400),
    "no_items": (b'{"seat_epoch":1}', 400),
    "65_items": (
        json.dumps({"seat_epoch": 1, "items": [item()] * 65}).encode(),
        413,
    ),
    "64k_and_one": (b" " * (64 * 1024 + 1), 413),
    "10_mb": (b" " * (10 * 1024 * 1024), 413),
    "b046_more_fields": (
        b'{"seat_epoch":1,"items":[],"score":100,"state":"x","deadline":"2100"}',
        200,
    ),
}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES)
def test_b032_bodies_get_a_clear_answer_and_change_nothing(phone, body, status):
    before = Attempt.objects.values().get()

    response = phone.post(phone.answers_path, body)

    assert response.status_code == status
    if status != 200:
        assert set(response.json()) >= {"code", "message"}
    assert Attempt.objects.values().get() == before
    assert not AnswerEntry.objects.exists()


def test_b032_a_large_body_is_refused_without_reading_it(phone, rf):
    class Unread:
        def read(self, *args):
            raise AssertionError("the body was read")

    request = rf.post(phone.answers_path, b"{}", content_type="application/json")
    request.META["CONTENT_LENGTH"] = str(10 * 1024 * 1024)
    request._stream = Unread()

    assert save_endpoint.answers(request, phone.attempt).status_code == 413


@pytest.mark.parametrize(
    "media_type", ["text/plain", "multipart/form-data; boundary=x", "", "text/json"]
)
def test_b038_other_media_types_are_refused(phone, media_type):
    response = phone.client.post(
        phone.answers_path,
        b"{}",
        content_type=media_type,
        headers={"x-csrftoken": "a" * 32, "x-seat-token": phone.token},
    )

    assert response.status_code == 415


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("call", ["answers", "submit", "seat"])
def test_b039_other_methods_are_refused(phone, method, call):
    path = f"/exams/attempts/{phone.attempt}/{call}"

    response = getattr(phone.client, method)(path, headers={"x-csrftoken": "a" * 32})

    assert response.status_code in (403, 405)
    if method in ("get", "head", "options"):
        assert response.status_code == 405
        assert response.headers["Allow"] == "POST"


def test_b029_foreign_unknown_and_unsigned_are_the_same_404(phone):
    other = Phone(phone.sitting)
    other.start()
    unknown = "00000000-0000-4000-8000-000000000000"
    body = {"seat_epoch": 1, "items": [item()]}

    def answer(attempt, token):
        path = f"/exams/attempts/{attempt}/answers"
        return other.post(path, body, **{"x-seat-token": token})

    replies = [
        answer(unknown, other.token),
        answer(phone.attempt, other.token),
        answer(phone.attempt, phone.token),
        answer(other.attempt, None),
        answer(other.attempt, "1.1.x"),
        answer(other.attempt, "x"),
        answer(other.attempt, other.token[:-1] + "é"),
        answer(other.attempt, other.token.replace(".1.", ".2.")),
    ]

    assert {reply.status_code for reply in replies} == {404}
    assert len({reply.content for reply in replies}) == 1
    assert not AnswerEntry.objects.exists()


@pytest.mark.parametrize("call", ["", "/seat", "/submit"])
def test_b029_another_persons_attempt_is_like_an_unknown_one(phone, call):
    other = Phone(phone.sitting)
    body = {"seat_epoch": 1, "final_seq": 0, "answers_sha256": ""}
    unknown = "00000000-0000-4000-8000-000000000000"

    def answer(attempt):
        path = f"/exams/attempts/{attempt}{call}"
        return other.post(path, body) if call else other.client.get(path)

    assert answer(phone.attempt).status_code == 404
    assert answer(phone.attempt).content == answer(unknown).content


def test_b050_without_the_csrf_token_or_from_elsewhere_it_is_refused(phone):
    assert phone.save((1, "4", ["x"]), **{"x-csrftoken": None}).status_code == 403
    assert phone.save((1, "4", ["x"]), **{"x-csrftoken": "b" * 32}).status_code == 403
    assert phone.save((1, "4", ["x"]), origin="https://evil.example").status_code == 403
    phone.client.cookies["csrftoken"] = "b" * 32
    assert phone.submit({}, 0).json()["code"] == "csrf"
    assert not AnswerEntry.objects.exists()
    assert not Submission.objects.exists()


def test_b051_large_cookies_are_harmless(phone):
    phone.client.cookies["junk"] = "x" * 8000
    assert phone.save((1, "4", ["x"])).status_code == 200
    phone.client.cookies["sessionid"] = "x" * 8000
    assert phone.save((2, "4", ["x"])).status_code == 404


def test_b044_an_access_code_cannot_be_tried_through():
    sitting = make_sitting(access_code="4821")
    phone = Phone(sitting)

    wrong = [phone.start(access_code=code) for code in ("0000", "\ud800", None, 7)]
    wrong += [phone.start(access_code=f"{code:04}") for code in range(6)]

    assert {reply.status_code for reply in wrong} == {403}
    assert {reply.json()["code"] for reply in wrong} == {"access_code"}
    over = phone.start(access_code="4821")
    assert (over.status_code, over.json()["code"]) == (429, "too_many_codes")
    assert over.headers["Retry-After"] == "600"
    assert not Attempt.objects.exists()
    assert Phone(sitting).start(access_code="4821").status_code == 200


@pytest.mark.parametrize("call", ["submit", "seat"])
def test_b053_every_call_of_a_seat_has_its_limit(phone, call, monkeypatch):
    monkeypatch.setattr(save_limit, "SAVES", Limit(30, 600))
    body = {"seat_epoch": 1, "final_seq": 10**6, "answers_sha256": "x"}

    replies = [
        phone.post(f"/exams/attempts/{phone.attempt}/{call}", body) for _ in range(60)
    ]

    last = replies[-1]
    assert (last.status_code, last.json()["code"]) == (429, "too_fast")
    assert int(last.headers["Retry-After"]) >= 1


def test_a_submit_that_names_a_million_numbers_lists_few(phone):
    body = {"seat_epoch": 1, "final_seq": 10**6, "answers_sha256": "x"}

    reply = phone.post(f"/exams/attempts/{phone.attempt}/submit", body)

    assert (reply.status_code, reply.json()["code"]) == (409, "missing")
    assert reply.json()["missing"] == list(range(1, 201))
