import factory
from factory.django import DjangoModelFactory

from exams.models import (
    Blueprint,
    BlueprintSection,
    KnowledgePoint,
    QuestionBank,
    ReviewVerdict,
)
from exams.services.bank import QuestionDraft, create_question, review_question
from tests.factories.people import UserFactory

DRAFTS = {
    "single": QuestionDraft(stem="Which?", options=[("one", True), ("two", False)]),
    "multiple": QuestionDraft(
        stem="Which ones?", options=[("one", True), ("two", True), ("three", False)]
    ),
    "true_false": QuestionDraft(stem="Is it?", options=[("yes", True), ("no", False)]),
    "fill": QuestionDraft(stem="It is ____.", blanks=[["30:2", "30比2"]]),
    "case": QuestionDraft(stem="A long story."),
}


class KnowledgePointFactory(DjangoModelFactory):
    class Meta:
        model = KnowledgePoint

    name = factory.Sequence(lambda n: f"point {n}")


class QuestionBankFactory(DjangoModelFactory):
    class Meta:
        model = QuestionBank

    code = factory.Sequence(lambda n: f"bank-{n}")
    name = factory.LazyAttribute(lambda o: o.code)


class BlueprintFactory(DjangoModelFactory):
    class Meta:
        model = Blueprint

    code = factory.Sequence(lambda n: f"blueprint-{n}")
    title = factory.LazyAttribute(lambda o: o.code)
    bank = factory.SubFactory(QuestionBankFactory)
    duration_min = 60
    pass_mark = 4


class BlueprintSectionFactory(DjangoModelFactory):
    class Meta:
        model = BlueprintSection

    blueprint = factory.SubFactory(BlueprintFactory)
    title = factory.LazyAttribute(lambda o: o.kind)
    kind = "single"
    count = 2
    marks = 2


def make_question(
    bank, kind="single", *, code, point=None, draft=None, ready=True, author=None
):
    """Write a question and, if wanted, let a second person approve it."""
    question = create_question(
        bank,
        code=code,
        kind=kind,
        knowledge_point=point or KnowledgePointFactory(),
        draft=draft or DRAFTS[kind],
        author=author or UserFactory(),
    )
    if ready:
        review_question(
            question, reviewer=UserFactory(), verdict=ReviewVerdict.APPROVED
        )
    question.refresh_from_db()
    return question
