import datetime as dt
import json

import pytest
from django.db import OperationalError, connection

from exams.delivery import save_endpoint, save_limit
from exams.kinds.tokens import answers_digest
from exams.models import AnswerEntry, Attempt, Disposition, Mark, Result, Submission
from exams.services.answer_journal import current_answers
from lms.evidence import clock
from lms.evidence.models import AuditEvent
from lms.web.rate_limits import Limit
from tests.exams.phone import Phone, right_answers
from tests.factories.people import WorkerFactory
from tests.factories.sittings import CANARY, CandidateFactory, make_sitting

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def phone():
    phone = Phone(make_sitting())
    phone.start()
    return phone


def test_start_gives_the_paper_and_a_seat_and_the_same_attempt_again():
    phone = Phone(make_sitting())

    first = phone.start()
    second = phone.start()

    assert first.status_code == second.status_code == 200
    assert first.headers["Cache-Control"].count("no-store") == 1
    assert set(first.json()) == {
        "attempt",
        "seat_token",
        "seat_epoch",
        "paper",
        "answers",
        "through",
        "state",
        "deadline",
        "grace_until",
        "server_now",
    }
    same = ("attempt", "seat_token", "seat_epoch", "paper", "deadline")
    assert {k: first.json()[k] for k in same} == {k: second.json()[k] for k in same}
    assert Attempt.objects.count() == 1


def test_save_acknowledges_and_keeps_the_answer(phone):
    token = phone.option("1")

    response = phone.save((1, "1", token))

    body = response.json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert body["acked"] == [1]
    assert (body["conflicts"], body["through"], body["state"]) == ([], 1, "open")
    attempt = Attempt.objects.get()
    assert current_answers(attempt) == {"1": token}
    entry = AnswerEntry.objects.get()
    assert abs(entry.received_at - clock.now()) < dt.timedelta(seconds=20)


def test_save_costs_one_statement_and_no_session_or_user(
    phone, django_assert_num_queries
):
    phone.save((1, "1", phone.option("1")))
    # The test's savepoint and its release; outside of a test PostgreSQL has one
    # statement, SQLite BEGIN, the two that save and ask, and COMMIT.
    statements = 3 if connection.vendor == "postgresql" else 4

    with django_assert_num_queries(statements) as captured:
        phone.save((2, "1", phone.option("1", 1)), (3, "3", phone.option("3")))

    text = " ".join(query["sql"] for query in captured.captured_queries)
    assert "people_user" not in text
    assert "django_session" not in text


def test_e01_every_acknowledged_answer_exists_exactly_once(phone):
    value = phone.option("1")

    replies = [phone.save((1, "1", value), (2, "4", ["x"])) for _ in range(3)]

    assert [reply.json()["acked"] for reply in replies] == [[1, 2]] * 3
    assert AnswerEntry.objects.count() == 2


def test_e03_same_number_other_value_keeps_the_first_and_says_so(phone):
    first, other = phone.option("1", 0), phone.option("1", 1)
    phone.save((1, "1", first))

    response = phone.save((1, "1", other), (2, "3", phone.option("3")))

    assert response.status_code == 200
    assert response.json()["conflicts"] == [1]
    assert response.json()["acked"] == [2]
    assert current_answers(Attempt.objects.get())["1"] == first
    assert AnswerEntry.objects.filter(disposition=Disposition.CONFLICT).count() == 1


def test_e03_one_number_twice_in_one_batch_keeps_both_and_counts_one(phone):
    response = phone.save((1, "4", ["a"]), (1, "4", ["b"]))

    assert response.json()["conflicts"] == [1]
    assert response.json()["acked"] == []
    assert AnswerEntry.objects.count() == 2


def test_e07_submit_waits_for_every_number(phone):
    phone.save((1, "4", ["a"]), (4, "1", phone.option("1")))

    response = phone.submit({"4": ["a"], "1": phone.option("1")}, 5)

    assert response.status_code == 409
    assert response.json()["code"] == "missing"
    assert response.json()["missing"] == [2, 3, 5]
    assert not Submission.objects.exists()


def test_submit_with_another_digest_says_which_answers_are_here(phone):
    phone.save((1, "4", ["a"]))

    response = phone.submit({"4": ["b"]}, 1)

    assert response.status_code == 409
    assert response.json()["code"] == "digest"
    assert response.json()["answers"] == {"4": ["a"]}
    assert not Submission.objects.exists()


def test_submit_marks_releases_and_gives_the_same_receipt_again(phone):
    attempt = Attempt.objects.get()
    answers = right_answers(attempt)
    phone.save(*[(n, slot, v) for n, (slot, v) in enumerate(answers.items(), 1)])

    first = phone.submit(answers, 5)
    second = phone.submit(answers, 5)

    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert first.json()["answers_sha256"] == answers_digest(answers)
    assert len(first.json()["signature"]) == 64
    assert Result.objects.get().passed
    assert Result.objects.get().score == 10


def test_submit_by_seat_reads_no_session_or_user(phone, django_assert_max_num_queries):
    with django_assert_max_num_queries(12) as captured:
        assert phone.submit({}, 0).status_code == 200

    text = " ".join(query["sql"] or "" for query in captured.captured_queries)
    assert "people_user" not in text
    assert "django_session" not in text


def test_submit_without_a_seat_token_goes_by_the_session(phone):
    phone.token = None

    assert phone.submit({}, 0).status_code == 200
    del phone.client.cookies["sessionid"]
    assert phone.submit({}, 0).json()["code"] == "signed_out"


def test_submit_while_the_database_is_busy_asks_the_phone_to_come_back(
    phone, monkeypatch
):
    def busy(uuid):
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(save_endpoint, "card_of", busy)
        response = phone.submit({}, 0)

    assert (response.status_code, response.json()["code"]) == (503, "busy")
    assert response.headers["Retry-After"]
    assert phone.submit({}, 0).status_code == 200


def test_submit_by_a_void_seat_is_refused(phone):
    phone.user.is_active = False
    phone.user.save()

    assert phone.submit({}, 0).json()["code"] == "seat_taken"
    phone.epoch = 2
    assert phone.submit({}, 0).json()["code"] == "bad_json"
    assert not Submission.objects.exists()


def test_submit_of_an_empty_attempt_is_taken_once(phone):
    response = phone.submit({}, 0)

    assert response.status_code == 200
    assert response.json()["answered"] == 0
    assert Mark.objects.get().score == 0


def test_e15_an_old_seat_changes_nothing_and_is_kept_as_evidence(phone):
    phone.save((1, "4", ["mine"]))
    other = Phone(phone.sitting, phone.user)
    other.attempt = phone.attempt
    assert other.start().json()["seat_token"] is None
    assert other.take_seat().status_code == 200

    response = phone.save((2, "4", ["from the old device"]))

    assert response.status_code == 409
    assert response.json()["code"] == "seat_taken"
    attempt = Attempt.objects.get()
    assert attempt.seat_epoch == 2
    assert current_answers(attempt) == {"4": ["mine"]}
    assert AnswerEntry.objects.get(seq=2).disposition == Disposition.STALE_SEAT
    assert phone.submit({"4": ["mine"]}, 1).json()["code"] == "seat_taken"
    assert AuditEvent.objects.filter(action="exams.take_seat").count() == 1


def test_signing_out_makes_the_seat_token_worthless(phone):
    key = phone.client.cookies["sessionid"].value
    phone.client.post("/accounts/logout/", headers={"x-csrftoken": "a" * 32})
    phone.client.cookies["sessionid"] = key
    phone.client.cookies["csrftoken"] = "a" * 32

    response = phone.save((1, "4", ["late"]))

    assert Attempt.objects.get().seat_epoch == 2
    assert response.json()["code"] == "seat_taken"


def test_deactivation_makes_the_seat_token_worthless(phone):
    phone.user.is_active = False
    phone.user.save()

    assert phone.save((1, "4", ["x"])).json()["code"] == "seat_taken"
    assert phone.start().status_code == 401


def test_resume_gives_paper_answers_and_deadline(phone):
    phone.save((1, "4", ["a"]), (2, "1", None))

    body = phone.resume().json()

    assert body["answers"] == {"4": ["a"]}
    assert body["through"] == 2
    assert body["seat_token"] == phone.token
    assert body["paper"] == phone.paper


def test_e16_nothing_before_release_contains_a_key(phone):
    sitting = phone.sitting
    sitting.release = "staff"
    sitting.save()
    answers = {"1": phone.option("1")}
    replies = [
        phone.start(),
        phone.resume(),
        phone.save((1, "1", answers["1"])),
        phone.save((1, "1", phone.option("1", 1))),
        phone.save((2, "9", "x")),
        phone.submit(answers, 3),
        phone.submit(answers, 1),
        phone.resume(),
        phone.client.get(f"/exams/attempts/{phone.attempt}?review=1"),
        phone.client.get(
            f"/exams/attempts/{phone.attempt}", headers={"accept": "text/csv"}
        ),
        phone.client.get(f"/exams/attempts/{phone.attempt}/result/"),
        phone.client.get(f"/exams/attempts/{phone.attempt}/receipt/"),
    ]

    assert Mark.objects.count() == 1
    assert not Result.objects.exists()
    for reply in replies:
        text = reply.content.decode()
        assert CANARY not in text
        assert '"right"' not in text
        assert '"1-2"' not in text
        assert '"score"' not in text


def test_rate_limit_refuses_one_seat_and_leaves_the_others_alone(phone, monkeypatch):
    monkeypatch.setattr(save_limit, "SAVES", Limit(30, 600))
    other = Phone(phone.sitting)
    other.start()
    body = json.dumps({"seat_epoch": 1, "items": []}).encode()

    replies = [phone.post(phone.answers_path, body) for _ in range(60)]

    last = replies[-1]
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) >= 1
    assert last.json()["code"] == "too_fast"
    assert other.save((1, "4", ["a"])).status_code == 200


def test_b044_start_says_why_not():
    now = clock.now()
    hour = dt.timedelta(hours=1)
    early = make_sitting(opens_at=now + hour, closes_at=now + 2 * hour)
    late = make_sitting(opens_at=now - 2 * hour, closes_at=now - hour)
    coded = make_sitting(access_code="2468")
    used = make_sitting(max_attempts=1)

    def answer(sitting, **body):
        phone = Phone(sitting)
        response = phone.start(**body)
        return response.status_code, response.json().get("code")

    assert answer(early) == (403, "not_open_yet")
    assert answer(late) == (403, "sitting_closed")
    assert answer(coded) == (403, "access_code")
    assert answer(coded, access_code=["2468"]) == (403, "access_code")
    assert answer(coded, access_code="2468")[0] == 200
    phone = Phone(used)
    phone.start()
    phone.submit({}, 0)
    assert phone.start().json()["code"] == "attempts_used"
    assert Phone(used, listed=False).start().status_code == 404
    anonymous = Phone(used)
    anonymous.client.logout()
    anonymous.client.cookies["csrftoken"] = "a" * 32
    assert anonymous.start().status_code == 401


def test_save_after_grace_is_kept_as_late_and_ends_the_attempt(phone):
    phone.save((1, "4", ["in time"]))
    past = clock.now() - dt.timedelta(seconds=1)
    Attempt.objects.update(
        started_at=past - dt.timedelta(hours=1),
        deadline_at_start=past,
        deadline=past,
        grace_until=past,
    )

    response = phone.save((1, "4", ["in time"]), (2, "4", ["too late"]))

    assert response.status_code == 409
    assert response.json()["code"] == "closed"
    assert response.json()["acked"] == [1]
    assert AnswerEntry.objects.get(seq=2).disposition == Disposition.LATE
    assert current_answers(Attempt.objects.get()) == {"4": ["in time"]}
    assert Submission.objects.get().cause == "timeout"


def test_extra_time_reaches_the_phone_with_its_next_save(phone):
    from exams.services.attempts import adjust_time

    before = phone.save((1, "4", ["x"])).json()["deadline"]
    adjust_time([Attempt.objects.get()], seconds=600, reason="power cut")

    after = phone.save((2, "4", ["y"])).json()["deadline"]

    moved = dt.datetime.fromisoformat(after) - dt.datetime.fromisoformat(before)
    assert moved == dt.timedelta(seconds=600)


def test_candidate_rows_and_classes_open_a_sitting_and_nothing_else():
    sitting = make_sitting()
    user = WorkerFactory()
    CandidateFactory(sitting=sitting)

    assert Phone(sitting, user, listed=False).start().status_code == 404
