"""The demo's bank, papers and sittings, made through the ordinary services."""

import datetime as dt
import re
from pathlib import Path

import yaml
from django.conf import settings

from courses.models import LessonPage, Programme, TrainingClass
from exams.kinds import QuestionDraft, kind_of
from exams.models import (
    Attempt,
    Blueprint,
    BlueprintSection,
    KnowledgePoint,
    KnowledgePointLesson,
    ProgrammeExam,
    Question,
    QuestionBank,
    QuestionState,
    ReviewVerdict,
    Scoring,
    Sitting,
)
from exams.services.bank import create_question, review_question
from lms.access.levels import Access
from lms.demo.attempts import seed_attempts
from lms.evidence import clock
from lms.people.models import User

QUESTIONS = Path(settings.BASE_DIR) / "lms" / "demo" / "questions.yaml"
BANK = "DEMO"
PASS_MARK = 80
OPEN_FOR = dt.timedelta(days=90)

# Title, kind, how many, marks each, scoring: 25 questions, 100 marks.
SECTIONS = (
    ("单项选择题", "single", 8, 4, Scoring.ALL_OR_NOTHING),
    ("多项选择题", "multiple", 5, 4, Scoring.ALL_OR_NOTHING),
    ("判断题", "true_false", 8, 3, Scoring.ALL_OR_NOTHING),
    ("填空题", "fill", 4, 6, Scoring.PARTIAL),
)
# The 有限空间 paper asks one question of its own subject in each of these parts.
OWN_SUBJECT = {
    "C4": ("有限空间", ("single", "multiple", "true_false")),
}


def seed_exams(rng) -> dict:
    """Load the questions, blueprints, final exams and sittings; repeatable.

    Every class gets a sitting that is open for months and releases by itself, so
    that a learner who has met the hours can sit the exam at once.
    """
    before = _counts()
    bank, _made = QuestionBank.objects.get_or_create(
        code=BANK, defaults={"name": "安全生产培训结业考试题库"}
    )
    _load_questions(bank)
    for programme in Programme.objects.order_by("code"):
        exam = _exam_for(programme, bank)
        for training_class in programme.classes.order_by("number"):
            _sitting_for(training_class, exam)
    seed_attempts(rng)
    return {name: count - before[name] for name, count in _counts().items()}


def _counts():
    return {
        "questions": Question.objects.count(),
        "ready": Question.objects.filter(state=QuestionState.READY).count(),
        "blueprints": Blueprint.objects.count(),
        "sittings": Sitting.objects.count(),
        "attempts": Attempt.objects.count(),
    }


def _load_questions(bank):
    author, reviewer = (
        _staff("exam-author", "题库编写"),
        _staff("exam-reviewer", "题库审核"),
    )
    known = set(bank.questions.values_list("code", flat=True))
    content = yaml.safe_load(QUESTIONS.read_text("utf-8"))
    for row in content["questions"]:
        if row["id"] in known:
            continue
        point, _made = KnowledgePoint.objects.get_or_create(name=row["tag"])
        question = create_question(
            bank,
            code=row["id"],
            kind=row["type"],
            knowledge_point=point,
            difficulty=row["diff"],
            rule_set=row.get("rs", ""),
            draft=draft_of(row),
            author=author,
        )
        if kind_of(row["type"]).examinable:
            review_question(question, reviewer=reviewer, verdict=ReviewVerdict.APPROVED)
    _link_lessons(content["lessons"])


def _link_lessons(lessons: dict[str, list[str]]) -> None:
    """Say where each knowledge point is taught; a point that says it already stays."""
    for name, slugs in lessons.items():
        point = KnowledgePoint.objects.get(name=name)
        if point.lessons.exists():
            continue
        pages = {page.slug: page for page in LessonPage.objects.filter(slug__in=slugs)}
        KnowledgePointLesson.objects.bulk_create(
            KnowledgePointLesson(
                knowledge_point=point, lesson=pages[slug], sort_order=place
            )
            for place, slug in enumerate(slugs)
            if slug in pages
        )


def draft_of(row: dict) -> QuestionDraft:
    """Return the words of a question in the demo file."""
    options, blanks, stem = [], [], row["stem"]
    match row["type"]:
        case "true_false":
            options = [("正确", row["answer"]), ("错误", not row["answer"])]
        case "fill":
            blanks = [_accepted(blank) for blank in row["answer"]]
        case "case":
            parts = [f"（{n}）{sub['stem']}" for n, sub in enumerate(row["sub"], 1)]
            stem = "\n".join([stem, *parts])
        case _:
            options = [
                (text, letter in row["answer"])
                for letter, text in row["options"].items()
            ]
    return QuestionDraft(
        stem=stem,
        options=options,
        blanks=blanks,
        explanation=row.get("explain", ""),
        basis=_basis(row.get("basis", "")),
    )


def _basis(text):
    """Return the statute of a note without the remarks of its collector."""
    parts = [part.strip() for part in re.sub(r"\[[^\]]*\]", "", text).split(";")]
    return "; ".join(part for part in parts if part and "seed" not in part)


def _accepted(texts):
    """Drop spellings that only differ in width; they are the same answer anyway."""
    return list(dict.fromkeys(text.replace("：", ":") for text in texts))


def _staff(username, name):
    """Return a user who writes or reviews; no password is set."""
    user, made = User.objects.get_or_create(
        username=username,
        defaults={"name": name, "access": Access.CITY, "is_active": False},
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _exam_for(programme, bank) -> ProgrammeExam:
    subject, kinds = OWN_SUBJECT.get(programme.code, ("", ()))
    code = f"FINAL-{programme.code}" if subject else "FINAL"
    title = f"{programme.title}结业考试" if subject else "安全生产培训结业考试"
    blueprint, made = Blueprint.objects.get_or_create(
        code=code,
        defaults={
            "title": title,
            "bank": bank,
            "duration_min": 45,
            "pass_mark": PASS_MARK,
        },
    )
    if made:
        _write_sections(blueprint, subject, kinds)
    exam, _made = ProgrammeExam.objects.get_or_create(
        programme=programme, defaults={"blueprint": blueprint}
    )
    return exam


def _write_sections(blueprint, subject, kinds):
    point = KnowledgePoint.objects.filter(name=subject).first()
    rows = []
    for title, kind, count, marks, scoring in SECTIONS:
        own = 1 if kind in kinds else 0
        if own:
            rows.append((f"{title}（{subject}）", kind, point, own, marks, scoring))
        rows.append((title, kind, None, count - own, marks, scoring))
    BlueprintSection.objects.bulk_create(
        BlueprintSection(
            blueprint=blueprint,
            title=title,
            kind=kind,
            knowledge_point=point,
            count=count,
            marks=marks,
            scoring=scoring,
            sort_order=place,
        )
        for place, (title, kind, point, count, marks, scoring) in enumerate(rows)
    )


def _sitting_for(training_class: TrainingClass, exam: ProgrammeExam) -> Sitting:
    opens = dt.datetime.combine(
        training_class.starts_on, dt.time(8), tzinfo=clock.SHANGHAI
    )
    sitting, _made = Sitting.objects.get_or_create(
        training_class=training_class,
        blueprint=exam.blueprint,
        defaults={
            "title": exam.blueprint.title,
            "opens_at": opens,
            "closes_at": max(opens, clock.now()) + OPEN_FOR,
        },
    )
    return sitting
