import pytest
from django.urls import reverse

from exams.backoffice.viewsets import (
    AttemptViewSet,
    BlueprintViewSet,
    KnowledgePointViewSet,
    ProgrammeExamViewSet,
    QuestionBankViewSet,
    QuestionViewSet,
    SittingViewSet,
)
from exams.models import Blueprint, Question, QuestionState, ReviewVerdict
from exams.services.attempts import start_attempt
from exams.services.bank import review_question
from exams.services.finalise import close_attempt
from lms.evidence.models import AuditEvent
from lms.people.models import User
from tests.factories.bank import (
    BlueprintFactory,
    BlueprintSectionFactory,
    KnowledgePointFactory,
    QuestionBankFactory,
    make_question,
)
from tests.factories.classes import TrainingClassFactory
from tests.factories.people import PersonFactory, UserFactory
from tests.factories.sittings import CandidateFactory, make_sitting

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    user = User.objects.create_superuser("boss", password="x")
    client.force_login(user)
    return user


def url(viewset, name, *args):
    return reverse(viewset().get_url_name(name), args=args)


def started(count, **fields):
    sitting = make_sitting(**fields)
    attempts = []
    for _number in range(count):
        person = PersonFactory()
        CandidateFactory(sitting=sitting, person=person)
        attempts.append(start_attempt(sitting, person=person, session="s"))
    return sitting, attempts


@pytest.mark.parametrize(
    "viewset",
    [
        KnowledgePointViewSet,
        QuestionBankViewSet,
        QuestionViewSet,
        BlueprintViewSet,
        ProgrammeExamViewSet,
        SittingViewSet,
    ],
    ids=lambda viewset: viewset.model.__name__,
)
def test_every_form_opens(client, boss, viewset):
    assert client.get(url(viewset, "list")).status_code == 200
    assert client.get(url(viewset, "add")).status_code == 200


def question_form(**changes):
    return {
        "bank": QuestionBankFactory().pk,
        "code": "S1",
        "kind": "single",
        "knowledge_point": KnowledgePointFactory().pk,
        "difficulty": "mid",
        "rule_set": "",
        "stem": "Which?",
        "options": "*one\ntwo",
        "blanks": "",
        "explanation": "",
        "basis": "",
        **changes,
    }


def test_a_question_is_written_reviewed_by_another_and_revised(client, boss):
    client.post(url(QuestionViewSet, "add"), question_form())
    question = Question.objects.get()
    page = url(QuestionViewSet, "inspect", question.pk)

    assert question.revisions.get().author == boss
    assert (
        url(QuestionViewSet, "act", question.pk, "approve") not in client.get(page).text
    )
    client.force_login(User.objects.create_superuser("other", password="x"))
    assert url(QuestionViewSet, "act", question.pk, "approve") in client.get(page).text
    client.post(url(QuestionViewSet, "act", question.pk, "approve"))
    question.refresh_from_db()
    assert question.state == QuestionState.READY
    edited = question_form(
        stem="Which one?", knowledge_point=question.knowledge_point_id
    )
    client.post(url(QuestionViewSet, "edit", question.pk), edited)
    assert [r.stem for r in question.revisions.all()] == ["Which one?", "Which?"]


def test_a_faulty_question_is_refused_beside_its_field(client, boss):
    response = client.post(
        url(QuestionViewSet, "add"), question_form(options="one\ntwo")
    )

    form = response.context["form"]
    assert list(form.errors) == ["options"]
    assert not Question.objects.exists()


def test_the_author_is_told_which_spellings_are_accepted_too(client, boss):
    blank = {"stem": "有效期为____年。", "blanks": "6 | 六", "options": ""}
    told = "第 1 空还接受：6年、六年"

    saved = client.post(
        url(QuestionViewSet, "add"), question_form(kind="fill", **blank), follow=True
    )
    question = Question.objects.get()
    page = client.get(url(QuestionViewSet, "inspect", question.pk))
    plain = client.post(
        url(QuestionViewSet, "add"), question_form(code="S2"), follow=True
    )

    assert told in saved.text
    assert told in page.text
    assert "还接受" not in plain.text


def test_an_edited_question_shows_the_fields_of_its_kind_only(client, boss):
    bank = QuestionBankFactory()
    fields = {}
    for kind in ("single", "fill", "case"):
        question = make_question(bank, kind, code=kind, ready=False)
        form = client.get(url(QuestionViewSet, "edit", question.pk)).context["form"]
        fields[kind] = {"options", "blanks"} & set(form.fields)

    assert fields == {"single": {"options"}, "fill": {"blanks"}, "case": set()}


def test_the_author_cannot_review_by_address(client, boss):
    client.post(url(QuestionViewSet, "add"), question_form())
    question = Question.objects.get()

    client.post(url(QuestionViewSet, "act", question.pk, "approve"))

    question.refresh_from_db()
    assert question.state == QuestionState.DRAFT


REASONS = {
    "none": (" ", "停用试题要写明原因。"),
    "nul": ("wrong\x00", "原因请用普通文字写，最多 200 字。"),
    "long": ("x" * 201, "原因请用普通文字写，最多 200 字。"),
}


@pytest.mark.services
@pytest.mark.parametrize(("reason", "said"), REASONS.values(), ids=REASONS)
def test_a_question_is_retired_for_a_reason_in_plain_text(client, boss, reason, said):
    question = make_question(QuestionBankFactory(), code="1")
    retire = url(QuestionViewSet, "act", question.pk, "retire")

    refused = client.post(retire, {"reason": reason}, follow=True)

    assert refused.context["form"].errors["reason"] == [said]
    question.refresh_from_db()
    assert question.state == QuestionState.READY
    client.post(retire, {"reason": " law changed "})
    question.refresh_from_db()
    assert question.state == QuestionState.RETIRED
    assert AuditEvent.objects.get(action="exams.retire_question").reason == (
        "law changed"
    )


@pytest.mark.services
def test_a_review_that_could_not_be_read_is_said_to_be(client, boss):
    question = make_question(QuestionBankFactory(), code="1", ready=False)
    address = url(QuestionViewSet, "act", question.pk, "send-back")

    refused = client.post(address, {"remark": "wrong\x00"})
    client.post(address, {"remark": "题干不清楚"})

    assert len(refused.context["form"].errors["remark"]) == 1
    review = question.revisions.get().review
    assert (review.verdict, review.remark) == (ReviewVerdict.RETURNED, "题干不清楚")


def test_a_blueprint_shows_what_is_lacking(client, boss):
    blueprint = BlueprintFactory()
    make_question(blueprint.bank, code="1")
    BlueprintSectionFactory(blueprint=blueprint, title="Choices", count=3)

    response = client.get(url(BlueprintViewSet, "edit", blueprint.pk))

    [row] = response.context["outlook"].sections
    assert (row.available, row.lacking) == (1, 2)
    assert "Choices" in response.text


def test_saving_a_blueprint_that_cannot_be_drawn_says_why(client, boss):
    bank = QuestionBankFactory()
    form = {
        "title": "结业考试",
        "code": "F2F",
        "bank": bank.pk,
        "duration_min": "60",
        "pass_mark": "60",
        "sections-TOTAL_FORMS": "0",
        "sections-INITIAL_FORMS": "0",
        "sections-MIN_NUM_FORMS": "0",
        "sections-MAX_NUM_FORMS": "1000",
    }

    page = client.post(url(BlueprintViewSet, "add"), form, follow=True)

    said = [str(message) for message in page.context["messages"]]
    assert Blueprint.objects.filter(code="F2F").exists()
    assert "组卷规则还没有任何部分。" in said


def test_a_question_of_a_kind_that_is_not_asked_yet_is_not_approved(client, boss):
    question = make_question(QuestionBankFactory(), "case", code="1", ready=False)

    page = client.get(url(QuestionViewSet, "inspect", question.pk)).text

    assert url(QuestionViewSet, "act", question.pk, "approve") not in page
    assert url(QuestionViewSet, "act", question.pk, "send-back") in page


def test_attempts_can_be_read_and_not_written(client, boss):
    _sitting, [attempt] = started(1)

    assert client.get(url(AttemptViewSet, "edit", attempt.pk)).status_code == 302
    assert client.get(url(AttemptViewSet, "delete", attempt.pk)).status_code == 302


def test_an_account_without_rights_enters_nothing(client):
    client.force_login(UserFactory())
    sitting, _attempts = started(1)

    for viewset in (QuestionViewSet, SittingViewSet, AttemptViewSet):
        assert client.get(url(viewset, "list")).status_code in (302, 403)
    response = client.post(url(SittingViewSet, "act", sitting.pk, "release"))
    assert response.status_code in (302, 403)


def test_the_home_page_leads_to_exactly_the_questions_one_can_approve(client, boss):
    bank = QuestionBankFactory()
    waiting = make_question(bank, code="1", ready=False)
    make_question(bank, code="2", ready=False, kind="case")
    make_question(bank, code="3", ready=False, author=boss)
    make_question(bank, code="4")

    home = client.get(reverse("wagtailadmin_home"))
    listing = url(QuestionViewSet, "list")

    assert f'href="{listing}?waiting=true"' in home.text
    shown = client.get(f"{listing}?waiting=true").context["object_list"]
    assert list(shown) == [waiting]
    assert list(Question.objects.reviewable_by(boss)) == [waiting]


def test_the_home_page_leads_to_the_sittings_whose_results_wait(client, boss):
    make_sitting()
    sitting, attempts = started(1, release="staff")
    close_attempt(attempts[0], by=boss, reason="time is up")

    home = client.get(reverse("wagtailadmin_home"))
    listing = url(SittingViewSet, "list")

    assert f'href="{listing}?waiting=true"' in home.text
    shown = client.get(f"{listing}?waiting=true").context["object_list"]
    assert list(shown) == [sitting]


@pytest.mark.parametrize(
    ("viewset", "columns"),
    [(KnowledgePointViewSet, 1), (BlueprintViewSet, 5), (ProgrammeExamViewSet, 4)],
)
def test_an_export_holds_what_the_listing_shows(client, boss, viewset, columns):
    sheet = client.get(url(viewset, "list") + "?export=csv").getvalue().decode()

    assert len([one for one in sheet.strip("\ufeff\r\n").split(",") if one]) == columns


def test_a_reviewed_question_no_longer_waits():
    question = make_question(QuestionBankFactory(), code="1", ready=False)
    review_question(question, reviewer=UserFactory(), verdict=ReviewVerdict.RETURNED)

    assert not Question.objects.awaiting_review().exists()


def test_two_exams_of_one_name_are_told_apart_by_their_class(client, boss):
    classes = [TrainingClassFactory(), TrainingClassFactory()]
    for one in classes:
        started(1, title="结业考试", training_class=one, needs_hours=False)

    for viewset in (SittingViewSet, AttemptViewSet):
        page = client.get(url(viewset, "list")).text
        assert all(one.number in page for one in classes)


def test_the_bank_of_a_blueprint_stays_once_a_paper_was_made(client, boss):
    sitting = make_sitting()
    other = QuestionBankFactory()

    page = client.get(url(BlueprintViewSet, "edit", sitting.blueprint.pk))

    assert page.context["form"].fields["bank"].disabled
    fresh = BlueprintFactory(bank=other)
    page = client.get(url(BlueprintViewSet, "edit", fresh.pk))
    assert not page.context["form"].fields["bank"].disabled
