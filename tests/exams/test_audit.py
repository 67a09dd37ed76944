"""Acts on questions, attempts and results are in the audit trail, on the right row."""

import pytest

from exams.models import Attempt, ReviewVerdict
from exams.services.attempts import adjust_time
from exams.services.bank import retire_question, review_question
from exams.services.finalise import close_attempt
from exams.services.regrade import correct_key, regrade
from exams.services.release import release_result
from lms.evidence.models import AuditEvent
from tests.exams.phone import Phone
from tests.factories.bank import QuestionBankFactory, make_question
from tests.factories.people import UserFactory
from tests.factories.sittings import make_sitting

pytestmark = pytest.mark.django_db


def row_of(phone):
    return Attempt.objects.get(uuid=phone.attempt)


def events(*actions):
    found = AuditEvent.objects.filter(action__in=actions).order_by("pk")
    return [(e.action, e.object_type, e.object_id, e.actor, e.reason) for e in found]


def test_question_acts_are_recorded_on_the_question():
    author, reviewer = UserFactory(), UserFactory()
    bank = QuestionBankFactory()
    question = make_question(bank, code="Q1", author=author, ready=False)

    review_question(
        question, reviewer=reviewer, verdict=ReviewVerdict.APPROVED, remark="好"
    )
    retire_question(question, actor=reviewer, reason="条文已废止")

    subject = ("exams.question", str(question.pk))
    assert events(
        "exams.revise_question", "exams.review_question", "exams.retire_question"
    ) == [
        ("exams.revise_question", *subject, author, ""),
        ("exams.review_question", *subject, reviewer, "好"),
        ("exams.retire_question", *subject, reviewer, "条文已废止"),
    ]
    changes = AuditEvent.objects.get(action="exams.review_question").data["changes"]
    assert changes["state"] == ["draft", "ready"]


def test_acts_on_an_attempt_are_recorded_on_the_attempt():
    staff = UserFactory()
    phone = Phone(make_sitting(release="manual"))
    phone.start()
    attempt = row_of(phone)

    adjust_time([attempt], seconds=300, reason="停电", by=staff)
    close_attempt(attempt, by=staff, reason="离场")
    release_result(attempt, by=staff)

    subject = ("exams.attempt", str(attempt.pk), staff)
    assert events(
        "exams.adjust_time", "exams.close_attempt", "exams.release_result"
    ) == [
        ("exams.adjust_time", *subject, "停电"),
        ("exams.close_attempt", *subject, "离场"),
        ("exams.release_result", *subject, ""),
    ]


def test_a_corrected_key_and_its_regrade_are_recorded_on_the_paper():
    staff = UserFactory()
    phone = Phone(make_sitting())
    phone.start()
    phone.submit({}, 0)
    paper = row_of(phone).paper

    correct_key(paper, key=paper.keys.first().key, by=staff, reason="答案有误")
    regrade(paper, by=staff, reason="答案有误")

    subject = ("exams.paper", str(paper.pk), staff, "答案有误")
    assert events("exams.correct_key", "exams.regrade") == [
        ("exams.correct_key", *subject),
        ("exams.regrade", *subject),
    ]
