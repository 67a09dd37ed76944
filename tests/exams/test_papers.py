import json
import random
from dataclasses import replace

import pytest

from exams.exceptions import BlueprintNotFeasible
from exams.models import BankPurpose, Paper, PaperKey, Question
from exams.services.bank import QuestionDraft, retire_question, revise_question
from exams.services.papers import freeze_paper, outlook
from lms.evidence.canonical_json import canonical_json, sha256_hex
from tests.factories.bank import (
    DRAFTS,
    BlueprintFactory,
    BlueprintSectionFactory,
    KnowledgePointFactory,
    QuestionBankFactory,
    make_question,
)
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db

KINDS = ("single", "multiple", "true_false", "fill")
FIRST_PAPER = "de412d45a4eaf371a3338b5e4007f425e47aec83cf7f09b80c641e6a2fbe5bda"
FIRST_KEY = "1e024e07aee69e9a24bddd7ccef6339fe924312610499d4d11f8f721ef4a9eca"


def full_blueprint():
    blueprint = BlueprintFactory()
    for kind in KINDS:
        for number in range(3):
            make_question(blueprint.bank, kind, code=f"{kind}-{number}")
        BlueprintSectionFactory(blueprint=blueprint, kind=kind, count=2, marks=2)
    return blueprint


def test_the_same_seed_gives_the_same_paper_and_another_seed_another():
    blueprint = full_blueprint()
    first = freeze_paper(blueprint, seed="1")
    again = freeze_paper(blueprint, seed="1")
    other = freeze_paper(blueprint, seed="2")

    assert first == again
    assert first.content != other.content
    assert Paper.objects.count() == PaperKey.objects.count() == 2


def test_a_paper_holds_what_the_blueprint_says():
    paper = freeze_paper(full_blueprint(), seed="1")
    content = json.loads(paper.content)
    slots = [slot for section in content["sections"] for slot in section["slots"]]

    assert [slot["slot"] for slot in slots] == [str(n) for n in range(1, 9)]
    assert [slot["type"] for slot in slots] == [k for k in KINDS for _ in range(2)]
    assert {slot["marks"] for slot in slots} == {"2"}
    assert (paper.total_marks, paper.duration_s) == (16, 3600)
    assert paper.content_sha256 == sha256_hex(paper.content)
    assert paper.content == canonical_json(content)


def test_e17_true_and_false_keep_their_places_whichever_is_right():
    blueprint = BlueprintFactory()
    for number in range(8):
        right_first = [("对", number % 2 == 0), ("错", number % 2 == 1)]
        draft = QuestionDraft(
            f"{number}?", sorted(right_first, key=lambda one: not one[1])
        )
        make_question(blueprint.bank, "true_false", code=str(number), draft=draft)
    BlueprintSectionFactory(blueprint=blueprint, kind="true_false", count=8, marks=1)

    paper = freeze_paper(blueprint, seed="1")

    slots = json.loads(paper.content)["sections"][0]["slots"]
    key = PaperKey.objects.get(paper=paper).key
    texts = {tuple(option["text"] for option in slot["options"]) for slot in slots}
    assert texts == {("对", "错")}
    right = [
        [option["id"] for option in slot["options"]].index(
            key[slot["slot"]]["answer"][0]
        )
        for slot in slots
    ]
    assert sorted(right) == [0] * 4 + [1] * 4


def test_no_byte_of_the_key_is_in_the_paper():
    blueprint = BlueprintFactory()
    canary = QuestionDraft(
        stem="Which ____?",
        blanks=[["CANARY-ANSWER"]],
        explanation="CANARY-EXPLANATION",
        basis="CANARY-BASIS",
    )
    for number in range(2):
        make_question(blueprint.bank, "fill", code=str(number), draft=canary)
    BlueprintSectionFactory(blueprint=blueprint, kind="fill")
    paper = freeze_paper(blueprint, seed="1")

    assert "CANARY" not in paper.content
    assert "CANARY" in json.dumps(PaperKey.objects.get(paper=paper).key)


def test_the_place_of_an_option_says_nothing_about_it():
    blueprint = BlueprintFactory(pass_mark=1)
    draft = QuestionDraft("Which?", [("right", True), ("b", False), ("c", False)])
    make_question(blueprint.bank, code="1", draft=draft)
    BlueprintSectionFactory(blueprint=blueprint, count=1)
    places = {
        PaperKey.objects.get(paper=freeze_paper(blueprint, seed=str(n))).key["1"][
            "answer"
        ][0]
        for n in range(24)
    }

    assert places == {"1-1", "1-2", "1-3"}


def test_editing_the_bank_changes_no_frozen_paper():
    blueprint = full_blueprint()
    paper = freeze_paper(blueprint, seed="1")
    before = paper.content
    for question in Question.objects.filter(kind="single"):
        revise_question(
            question, draft=QuestionDraft("New?", [("x", True), ("y", False)])
        )
        retire_question(question, actor=UserFactory(), reason="old")

    assert freeze_paper(blueprint, seed="1").content == before
    paper.refresh_from_db()
    assert sha256_hex(paper.content) == paper.content_sha256


def test_a_blueprint_that_cannot_be_filled_says_which_section_lacks_how_many():
    blueprint = BlueprintFactory()
    make_question(blueprint.bank, code="1")
    make_question(blueprint.bank, code="2", ready=False)
    BlueprintSectionFactory(blueprint=blueprint, title="Choices", count=3)

    with pytest.raises(BlueprintNotFeasible) as refused:
        freeze_paper(blueprint, seed="1")

    [row] = outlook(blueprint).sections
    assert (row.available, row.lacking) == (1, 2)
    assert "Choices" in str(refused.value)
    assert "2" in str(refused.value)
    assert not Paper.objects.exists()


@pytest.mark.parametrize("seed", range(6))
def test_sections_that_share_a_pool_are_filled_whenever_that_is_possible(seed):
    blueprint = BlueprintFactory()
    wanted = KnowledgePointFactory()
    for number in range(2):
        make_question(blueprint.bank, code=f"w{number}", point=wanted)
        make_question(blueprint.bank, code=f"o{number}")
    BlueprintSectionFactory(blueprint=blueprint, count=2, sort_order=1)
    BlueprintSectionFactory(
        blueprint=blueprint, count=2, knowledge_point=wanted, sort_order=2
    )

    paper = freeze_paper(blueprint, seed=str(seed))

    key = PaperKey.objects.get(paper=paper).key
    asked = [key[slot]["revision"] for slot in ("1", "2", "3", "4")]
    assert len(set(asked)) == 4
    assert (
        Question.objects.filter(
            ready_revision__in=asked[2:], knowledge_point=wanted
        ).count()
        == 2
    )


def test_practice_banks_are_never_examined():
    blueprint = BlueprintFactory(bank=QuestionBankFactory(purpose=BankPurpose.PRACTICE))
    for number in range(2):
        make_question(blueprint.bank, code=str(number))
    BlueprintSectionFactory(blueprint=blueprint)

    with pytest.raises(BlueprintNotFeasible):
        freeze_paper(blueprint, seed="1")


def test_a_pass_mark_out_of_reach_is_refused():
    blueprint = BlueprintFactory(pass_mark=5)
    for number in range(2):
        make_question(blueprint.bank, code=str(number))
    BlueprintSectionFactory(blueprint=blueprint, count=2, marks=2)

    with pytest.raises(BlueprintNotFeasible):
        freeze_paper(blueprint, seed="1")


@pytest.mark.parametrize("count", [1, 3])
def test_freezing_costs_the_same_for_any_number_of_questions(
    count, django_assert_num_queries
):
    blueprint = BlueprintFactory(pass_mark=1)
    for number in range(4):
        make_question(blueprint.bank, code=str(number))
    BlueprintSectionFactory(blueprint=blueprint, count=count)

    # made before?, sections, ready, revisions with options and answers ×3,
    # paper, the clock, key, its questions; the savepoint and its release.
    with django_assert_num_queries(12):
        freeze_paper(blueprint, seed=str(random.Random(count).random()))


def test_e18_a_seed_has_made_this_paper_ever_since_the_first_release():
    blueprint = BlueprintFactory(title="Paper", pass_mark=4)
    for kind in KINDS:
        for number in range(3):
            draft = DRAFTS[kind]
            draft = replace(draft, stem=f"{number} {draft.stem}")
            make_question(blueprint.bank, kind, code=f"{kind}-{number}", draft=draft)
        BlueprintSectionFactory(
            blueprint=blueprint, title=kind, kind=kind, count=2, marks=2
        )

    paper = freeze_paper(blueprint, seed="1")

    answers = {
        slot: entry["answer"]
        for slot, entry in PaperKey.objects.get(paper=paper).key.items()
    }
    assert paper.content_sha256 == FIRST_PAPER
    assert sha256_hex(canonical_json(answers)) == FIRST_KEY
