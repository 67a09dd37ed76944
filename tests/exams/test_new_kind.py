"""A question kind defined here alone goes from question to mark."""

import json
from fractions import Fraction

import pytest

from exams.exceptions import AnswerRefused
from exams.kinds import QuestionKind, kind_of, register
from exams.kinds.choice import tokens_of
from exams.kinds.drafts import Problem, QuestionDraft
from exams.kinds.registry import KINDS
from exams.kinds.tokens import answers_digest, option_token, shuffled
from exams.models import (
    AnswerEntry,
    Attempt,
    PaperKey,
    Question,
    QuestionOption,
    Sitting,
    SlotMark,
)
from exams.services.bank import problems_of
from exams.services.marks import current_mark
from exams.services.prepared_papers import prepare_papers
from exams.services.review import review_of
from lms.evidence import clock
from tests.exams.phone import Phone
from tests.factories.bank import (
    BlueprintFactory,
    BlueprintSectionFactory,
    make_question,
)
from tests.factories.sittings import SittingFactory

pytestmark = pytest.mark.django_db


class OrderKind(QuestionKind):
    """Put steps into their order; an answer is a list of all tokens."""

    code = "test_order"
    label = "put in order"
    instruction = "Put in order"
    script = "js/exam-kinds/test-order.js"
    template = "exams/kinds/_options.html"

    def problems(self, draft):
        few = len(draft.options) < 2
        return [Problem("too_few_steps", "Two steps.", "options")] if few else []

    def freeze(self, number, draft, rng):
        steps = [text for text, _right in draft.options]
        shown = rng.sample(steps, len(steps))
        names = {text: f"{number}-{place}" for place, text in enumerate(shown, 1)}
        options = [{"id": names[text], "text": text} for text in shown]
        return {"options": options}, {"answer": [names[text] for text in steps]}

    def deliver(self, slot, *, secret, seed):
        order = shuffled(slot["options"], seed=seed, slot=slot["slot"])
        options = [{**one, "id": option_token(secret, one["id"])} for one in order]
        return {**slot, "options": options}

    def accepts(self, slot):
        return tuple(option["id"] for option in slot["options"])

    def read(self, value, accepts, secret):
        if not isinstance(value, list) or not all(type(one) is str for one in value):
            raise AnswerRefused("bad_value")
        if sorted(value) != sorted(tokens_of(secret, accepts)):
            raise AnswerRefused("unknown_option")
        return value

    def value_from_form(self, given):
        return given or None

    def form_context(self, slot, value):
        return {"options": slot["options"], "input_type": "text"}

    def with_ids(self, value, accepts, secret):
        known = tokens_of(secret, accepts)
        return [known[token] for token in value]

    def share(self, entry, value):
        if not isinstance(value, list):
            return Fraction(0)
        pairs = zip(value, entry["answer"], strict=False)
        return Fraction(sum(a == b for a, b in pairs), len(entry["answer"]))

    def chosen(self, value):
        return value

    def words(self, slot, value, *, lettered=False):
        texts = {one["id"]: one["text"] for one in slot["options"]}
        return [texts[one] for one in value]

    def right_words(self, slot, entry):
        return self.words(slot, entry["answer"])

    def right_value(self, entry, *, secret):
        return [option_token(secret, one) for one in entry["answer"]]

    def guess(self, slot, rng):
        return [one["id"] for one in rng.sample(slot["options"], len(slot["options"]))]


@pytest.fixture
def ordering():
    yield register(OrderKind())
    del KINDS["test_order"]


STEPS = QuestionDraft(
    stem="Rescue from a tank",
    options=[("alarm", True), ("ventilate", True), ("measure", True)],
)


@pytest.fixture
def phone(ordering):
    blueprint = BlueprintFactory(pass_mark=2)
    make_question(blueprint.bank, "test_order", code="1", draft=STEPS)
    BlueprintSectionFactory(blueprint=blueprint, kind="test_order", count=1, marks=2)
    sitting = SittingFactory(blueprint=blueprint, review_policy="questions")
    prepare_papers(sitting)
    phone = Phone(sitting)
    phone.start()
    return phone


def test_a_draft_is_checked_by_its_kind(ordering):
    short = QuestionDraft(stem="?", options=STEPS.options[:1])

    assert [one.code for one in problems_of("test_order", short)] == ["too_few_steps"]
    assert problems_of("test_order", STEPS) == []
    assert Question(kind="test_order").get_kind_display() == "put in order"


def test_an_answer_is_taken_marked_and_shown(phone):
    [entry] = PaperKey.objects.get().key.values()
    attempt = Attempt.objects.get()
    right = kind_of("test_order").right_value(entry, secret=attempt.secret)
    answer = [right[0], right[2], right[1]]

    wrong = phone.save((1, "1", answer[:2]))
    saved = phone.save((1, "1", answer))
    submitted = phone.submit({"1": answer}, final_seq=1)

    assert wrong.json()["errors"] == [{"index": 0, "seq": 1, "code": "unknown_option"}]
    assert saved.json()["acked"] == [1]
    assert submitted.status_code == 200
    assert json.loads(AnswerEntry.objects.get().value) == answer
    mark = current_mark(attempt)
    assert (mark.score_exact, mark.passed) == ("2/3", False)
    assert mark.per_slot == {"1": {"share": "1/3", "by": "automatic"}}
    options = QuestionOption.objects.values_list("pk", flat=True)
    assert SlotMark.objects.get().chosen == sorted(options)
    Sitting.objects.update(closes_at=clock.now())
    [item] = review_of(Attempt.objects.get())
    assert item.given == ["alarm", "measure", "ventilate"]
    assert item.right == ["alarm", "ventilate", "measure"]


def test_the_plain_form_asks_and_takes_it(phone):
    page = f"/exams/attempts/{phone.attempt}/run/"
    [entry] = PaperKey.objects.get().key.values()
    attempt = Attempt.objects.get()
    right = kind_of("test_order").right_value(entry, secret=attempt.secret)
    token = phone.client.get(page).context["csrf_token"]

    shown = phone.client.get(page).text
    phone.client.post(page, {"value": right, "csrfmiddlewaretoken": str(token)})
    phone.submit({"1": right}, final_seq=1)

    assert "Put in order" in shown
    assert all(one in shown for one in right)
    assert current_mark(attempt).passed
    assert answers_digest({"1": right}) == attempt.submission.answers_sha256


def test_a_code_is_registered_once(ordering):
    with pytest.raises(ValueError, match="test_order"):
        register(OrderKind())
