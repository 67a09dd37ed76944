"""Which paper a candidate is asked, and that a second one is another (E28)."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.exceptions import NoPaper
from exams.models import Attempt, Paper, PaperQuestion, PreparedPaper
from exams.models.bank import Question
from exams.services.attempts import start_attempt
from exams.services.bank import QuestionDraft, retire_question
from exams.services.candidate_papers import paper_for_person
from exams.services.papers import draw
from exams.services.prepared_papers import prepare_papers, readiness_of
from exams.services.submission import submit
from tests.factories.bank import (
    BlueprintFactory,
    BlueprintSectionFactory,
    make_question,
)
from tests.factories.people import PersonFactory, StaffFactory
from tests.factories.sittings import SittingFactory, make_sitting

QUESTIONS = st.sets(st.integers(0, 7))
POOLS = st.lists(st.tuples(st.integers(1, 3), QUESTIONS), min_size=1, max_size=3)


def sitting_of(bank_size, *, asks, kind="single", **fields):
    """A sitting whose bank holds so many questions, of which a paper asks some."""
    blueprint = BlueprintFactory(pass_mark=1)
    for number in range(bank_size):
        draft = QuestionDraft("Is it?", [("yes", True), ("no", False)])
        make_question(blueprint.bank, kind, code=str(number), draft=draft)
    BlueprintSectionFactory(blueprint=blueprint, kind=kind, count=asks)
    return SittingFactory(blueprint=blueprint, **{"variants": 0} | fields)


def candidate(sitting):
    person = PersonFactory()
    sitting.candidates.create(person=person)
    return person


def sit(sitting, person):
    attempt = start_attempt(sitting, person=person)
    submit(attempt, seat_epoch=1)
    return attempt.paper


def asked(paper):
    questions = PaperQuestion.objects.filter(paper=paper)
    return set(questions.values_list("revision__question", flat=True))


def fewest_avoided(counts, pools, avoid):
    """Try every choice: the fewest questions to avoid that a full paper asks."""
    choices = itertools.product(
        *(
            itertools.combinations(pool, count)
            for count, pool in zip(counts, pools, strict=True)
        )
    )
    papers = [list(itertools.chain(*choice)) for choice in choices]
    full = [paper for paper in papers if len(set(paper)) == len(paper)]
    return min((len(avoid.intersection(paper)) for paper in full), default=None)


@given(POOLS, QUESTIONS)
def test_e28_no_draw_asks_fewer_of_the_questions_to_avoid(sections, avoid):
    counts, pools = zip(*((n, sorted(pool)) for n, pool in sections), strict=True)

    drawn, missing = draw(counts, pools, avoid)

    fewest = fewest_avoided(counts, pools, avoid)
    taken = list(itertools.chain(*drawn))
    assert len(taken) == len(set(taken)) == sum(counts) - missing.total()
    assert bool(missing) == (fewest is None)
    assert all(set(one) <= set(pool) for one, pool in zip(drawn, pools, strict=True))
    if fewest is not None:
        assert [len(one) for one in drawn] == list(counts)
        assert len(avoid.intersection(taken)) == fewest


@pytest.mark.django_db
def test_every_attempt_has_a_paper_of_its_own():
    sitting = sitting_of(6, asks=3)

    papers = [sit(sitting, candidate(sitting)) for _ in range(3)]

    assert len({paper.pk for paper in papers}) == 3
    assert all(len(asked(paper)) == 3 for paper in papers)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bank_size", "repeated"), [(6, 0), (5, 1), (3, 3)], ids=["twice", "less", "once"]
)
@pytest.mark.parametrize("variants", [0, 1], ids=["own", "shared"])
def test_e28_the_second_attempt_repeats_only_what_it_must(
    bank_size, repeated, variants
):
    sitting = sitting_of(bank_size, asks=3, variants=variants)
    person = candidate(sitting)

    first, second = sit(sitting, person), sit(sitting, person)

    assert len(asked(first) & asked(second)) == repeated
    assert first.content_sha256 != second.content_sha256


@pytest.mark.django_db
def test_e28_another_sitting_of_the_bank_counts_as_well():
    sitting = sitting_of(6, asks=3)
    person = candidate(sitting)
    first = sit(sitting, person)
    make_up = SittingFactory(blueprint=sitting.blueprint, variants=2)
    make_up.candidates.create(person=person)

    assert not asked(first) & asked(sit(make_up, person))


@pytest.mark.django_db
def test_e28_where_only_the_same_paper_is_possible_there_is_none():
    sitting = sitting_of(1, asks=1, kind="true_false")
    person = candidate(sitting)
    sit(sitting, person)

    with pytest.raises(NoPaper):
        start_attempt(sitting, person=person)

    assert Attempt.objects.count() == 1


@pytest.mark.django_db
def test_candidates_share_papers_where_the_sitting_says_so():
    sitting = sitting_of(6, asks=3, variants=1)

    papers = {sit(sitting, candidate(sitting)).pk for _ in range(3)}

    assert len(papers) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("variants", "made"), [(0, 2), (3, 3)], ids=["own", "shared"])
def test_papers_prepared_ahead_are_those_that_are_asked(variants, made):
    sitting = sitting_of(6, asks=3, variants=variants)
    people = [candidate(sitting) for _ in range(2)]

    assert prepare_papers(sitting) == 2
    assert prepare_papers(sitting) == 0

    assert Paper.objects.count() == made
    given = {sit(sitting, person).pk for person in people}
    assert given <= set(Paper.objects.values_list("pk", flat=True))
    assert Paper.objects.count() == made


@pytest.mark.django_db
def test_a_prepared_paper_is_drawn_again_for_a_person_who_sat_elsewhere_since():
    sitting = sitting_of(6, asks=3)
    person = candidate(sitting)
    prepare_papers(sitting)
    prepared = Paper.objects.get()
    other = SittingFactory(blueprint=sitting.blueprint, variants=0)
    other.candidates.create(person=person)
    sat = sit(other, person)

    paper = paper_for_person(sitting, person)

    assert paper != prepared
    assert not asked(paper) & asked(sat)


@pytest.mark.django_db
def test_a_bank_that_shrank_gives_a_shared_paper_the_person_has_not_had():
    sitting = make_sitting(variants=2)
    person = candidate(sitting)

    papers = {sit(sitting, person).pk for _ in range(2)}

    assert len(papers) == 2


@pytest.mark.django_db
def test_the_questions_of_a_paper_are_written_apart_from_its_key():
    sitting = sitting_of(4, asks=3)
    paper = paper_for_person(sitting, candidate(sitting))

    key = paper.keys.get().key
    rows = dict(paper.questions.values_list("slot", "revision"))

    assert rows == {slot: entry["revision"] for slot, entry in key.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("variants", [0, 1], ids=["own", "shared"])
def test_a_prepared_paper_never_asks_a_question_retired_since(variants):
    sitting = sitting_of(4, asks=3, variants=variants)
    person = candidate(sitting)
    prepare_papers(sitting)
    [question, *_others] = asked(PreparedPaper.objects.get().paper)

    retire_question(
        Question.objects.get(pk=question), actor=StaffFactory(), reason="wrong key"
    )

    assert not PreparedPaper.objects.exists()
    assert prepare_papers(sitting) == 1
    prepared = PreparedPaper.objects.get().paper
    assert question not in asked(prepared)
    assert paper_for_person(sitting, person) == prepared


@pytest.mark.django_db
@pytest.mark.parametrize("variants", [0, 1], ids=["own", "shared"])
def test_a_paper_made_ahead_follows_a_change_of_the_rules(variants):
    sitting = sitting_of(4, asks=3, variants=variants)
    person = candidate(sitting)
    prepare_papers(sitting)

    section = sitting.blueprint.sections.get()
    section.count = 2
    section.save()
    sitting.blueprint.pass_mark = 2
    sitting.blueprint.save()

    assert readiness_of(sitting) == (0, 1)
    assert prepare_papers(sitting) == 1
    prepared = PreparedPaper.objects.get().paper
    assert (len(asked(prepared)), prepared.pass_mark) == (2, 2)
    assert paper_for_person(sitting, person) == prepared


@pytest.mark.django_db
def test_a_paper_is_made_again_for_whoever_sat_another_exam_since():
    sitting = sitting_of(6, asks=3)
    person = candidate(sitting)
    prepare_papers(sitting)
    other = SittingFactory(blueprint=sitting.blueprint, variants=0)
    other.candidates.create(person=person)
    sat = sit(other, person)

    assert readiness_of(sitting) == (0, 1)
    assert prepare_papers(sitting) == 1
    assert not asked(PreparedPaper.objects.get().paper) & asked(sat)
