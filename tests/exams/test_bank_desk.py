"""The desk of a question bank: numbers that lead to their questions, and no words."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from exams.backoffice.viewsets import QuestionBankViewSet, QuestionViewSet
from exams.models import PaperQuestion, ReviewVerdict
from exams.services.bank import retire_question, review_question, revise_question
from lms.people.models import User
from tests.factories.bank import (
    DRAFTS,
    KnowledgePointFactory,
    QuestionBankFactory,
    make_question,
)
from tests.factories.people import UserFactory
from tests.factories.sittings import make_attempt, make_sitting

pytestmark = pytest.mark.django_db

STEM = "SEALED-STEM-41c7"


@pytest.fixture
def boss(client):
    user = User.objects.create_superuser("boss", password="x")
    client.force_login(user)
    return user


def url(viewset, name, *args):
    return reverse(viewset().get_url_name(name), args=args)


def desk_of(bank):
    return url(QuestionBankViewSet, "inspect", bank.pk)


def points_on(page):
    (section,) = [one for one in page.context["sections"] if one.anchor == "points"]
    return section.table


@pytest.fixture
def stocked(boss):
    """A bank with a question in each state on one point, and one draft on another."""
    bank, point = QuestionBankFactory(), KnowledgePointFactory(name="电工")
    draft = DRAFTS["single"]
    draft = type(draft)(**{**vars(draft), "stem": STEM})
    facts = {"point": point, "draft": draft}
    asked = make_question(bank, code="asked", **facts)
    questions = {
        "asked": asked,
        "ready": make_question(bank, code="ready", **facts),
        "revised": make_question(bank, code="revised", **facts),
        "waiting": make_question(bank, code="waiting", ready=False, **facts),
        "returned": make_question(bank, code="returned", ready=False, **facts),
        "retired": make_question(bank, code="retired", **facts),
        "case": make_question(bank, "case", code="case", ready=False),
    }
    revise_question(questions["revised"], draft=DRAFTS["single"], author=boss)
    review_question(
        questions["returned"], reviewer=UserFactory(), verdict=ReviewVerdict.RETURNED
    )
    retire_question(questions["retired"], actor=boss, reason="law changed")
    attempt = make_attempt(make_sitting(blueprint__bank=bank))
    unused = make_sitting(blueprint__bank=bank)
    for paper, question in (
        (attempt.paper, asked),
        (unused.blueprint.papers.get(), questions["ready"]),
    ):
        PaperQuestion.objects.create(
            paper=paper, slot="1", revision=question.ready_revision
        )
    make_question(QuestionBankFactory(), code="elsewhere", point=point)
    return bank, questions


EXPECTED = {
    "题数": {"asked", "ready", "revised", "waiting", "returned", "retired"},
    "可用": {"asked", "ready", "revised"},
    "待审": {"revised", "waiting"},
    "草稿": {"waiting", "returned"},
    "停用": {"retired"},
    "已考过": {"asked"},
}


def test_every_number_of_a_bank_leads_to_exactly_its_questions(client, stocked):
    bank, _questions = stocked

    (row,) = [
        row for row in points_on(client.get(desk_of(bank))).rows if row[0][1] == "电工"
    ]

    numbers = {str(heading): cell for heading, cell in row[1:-1]}
    assert list(numbers) == list(EXPECTED)
    for heading, codes in EXPECTED.items():
        shown = client.get(numbers[heading].url).context["object_list"]
        assert {one.code for one in shown} == codes, heading
        assert numbers[heading].label == str(len(codes)), heading


def test_the_sums_of_a_bank_lead_to_exactly_its_questions(client, stocked):
    bank, _questions = stocked

    facts = dict(client.get(desk_of(bank)).context["facts"])

    sums = EXPECTED | {
        "题数": EXPECTED["题数"] | {"case"},
        "草稿": EXPECTED["草稿"] | {"case"},
    }
    for heading, codes in sums.items():
        shown = client.get(facts[heading].url).context["object_list"]
        assert {one.code for one in shown} == codes, heading
        assert facts[heading].label == str(len(codes))


def test_a_point_without_a_ready_question_is_named(client, stocked):
    bank, questions = stocked
    point = questions["case"].knowledge_point

    page = client.get(desk_of(bank))
    (number,) = [
        one for one in points_on(page).numbers if str(one.label) == "没有可用试题"
    ]

    assert f"还没有可用试题的知识点：{point.name}。" in page.text
    shown = points_on(client.get(desk_of(bank) + number.url)).shown
    assert [one["knowledge_point"] for one in shown] == [point.pk]


def test_the_desk_shows_no_word_of_a_question(client, stocked):
    bank, _questions = stocked

    page = client.get(desk_of(bank))
    body = client.get(desk_of(bank), {"export": "points"}).getvalue()

    assert STEM not in page.text
    assert "elsewhere" not in page.text
    assert STEM.encode() not in body
    listing = url(QuestionViewSet, "list")
    assert STEM in client.get(f"{listing}?bank={bank.pk}").text  # the control


def test_the_form_of_a_new_question_knows_the_bank_and_the_point(client, stocked):
    bank, questions = stocked
    point = questions["case"].knowledge_point
    page = client.get(desk_of(bank))
    (row,) = [row for row in points_on(page).rows if row[0][1] == point.name]
    _heading, write = row[-1]

    form = client.get(write.url).context["form"]
    (first,) = [link for link in page.context["links"] if link.is_primary]

    assert (form["bank"].value(), form["knowledge_point"].value()) == (
        bank.pk,
        point.pk,
    )
    assert client.get(first.url).context["form"]["bank"].value() == bank.pk


@pytest.mark.parametrize("key", ["x", "0", "²", "9" * 40])
def test_the_form_of_a_new_question_refuses_what_is_no_bank(client, boss, key):
    address = url(QuestionViewSet, "add")

    assert client.get(address, {"bank": key}).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_desk_of_a_bank_costs_the_same_for_any_number_of_questions(
    client, boss, django_assert_num_queries, count
):
    bank = QuestionBankFactory()
    for number in range(count):
        make_question(bank, code=str(number))
        make_sitting(blueprint__bank=bank)
    client.get(desk_of(bank))

    # Account, profile and three of the menu; the bank twice, its numbers, its
    # blueprints.
    with django_assert_num_queries(9):
        page = client.get(desk_of(bank))

    assert len(points_on(page).shown) == count


def test_the_menu_opens_the_desk_of_the_only_bank(client, boss):
    address = url(QuestionBankViewSet, "open")
    none = client.get(address)
    bank = QuestionBankFactory()
    one = client.get(address)
    QuestionBankFactory()
    two = client.get(address)

    listing = url(QuestionBankViewSet, "list")
    assert [none["Location"], one["Location"], two["Location"]] == [
        listing,
        desk_of(bank),
        listing,
    ]
    assert address in client.get("/admin/").text
    assert desk_of(bank) in client.get(listing).text


@pytest.mark.parametrize(
    ("rights", "may"),
    [
        (["view_questionbank"], False),
        (["view_question"], False),
        (["view_questionbank", "view_question"], True),
    ],
    ids=["bank only", "questions only", "both"],
)
def test_only_who_has_a_right_on_questions_sees_a_bank(client, rights, may):
    bank = QuestionBankFactory()
    user = UserFactory(access="CITY")
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["access_admin", *rights])
    )
    client.force_login(user)
    address = url(QuestionBankViewSet, "open")

    statuses = [
        client.get(one).status_code == 200
        for one in (desk_of(bank), url(QuestionBankViewSet, "list"))
    ]

    assert statuses == [may, may]
    assert (address in client.get("/admin/").text) is may
