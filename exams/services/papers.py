"""From a blueprint to a frozen paper and its key."""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exams.exceptions import BlueprintNotFeasible
from exams.kinds import draft_from, kind_of
from exams.models import Paper, PaperKey, PaperQuestion
from exams.models.bank import BankPurpose, Question, QuestionRevision
from exams.models.blueprints import Blueprint, BlueprintSection
from lms.evidence.canonical_json import canonical_json, sha256_hex

VERSION = 1


@dataclass(frozen=True)
class SectionOutlook:
    """A section of a blueprint and how far the bank can fill it."""

    section: BlueprintSection
    available: int
    lacking: int

    def __str__(self):
        return ngettext(
            "Section “%(title)s” lacks %(count)d question.",
            "Section “%(title)s” lacks %(count)d questions.",
            self.lacking,
        ) % {"title": self.section.title, "count": self.lacking}


@dataclass(frozen=True)
class Outlook:
    """Whether a paper can be made, section by section, and what it would be worth."""

    sections: list[SectionOutlook]
    total: Decimal
    refusals: list[str]

    @property
    def feasible(self):
        return not self.refusals


def outlook(blueprint: Blueprint) -> Outlook:
    """Say whether the bank can fill a blueprint, and which section lacks how many."""
    return _outlook(blueprint, *_sections_and_pools(blueprint))


def _sections_and_pools(blueprint):
    sections = list(blueprint.sections.all())
    return sections, _pools(blueprint, sections)


def _outlook(blueprint, sections, pools) -> Outlook:
    lacking = draw([section.count for section in sections], pools)[1]
    rows = [
        SectionOutlook(section, available=len(pool), lacking=lacking[index])
        for index, (section, pool) in enumerate(zip(sections, pools, strict=True))
    ]
    total = sum((one.count * one.marks for one in sections), Decimal(0))
    refusals = [str(row) for row in rows if row.lacking]
    if not sections:
        refusals.append(_("The blueprint has no sections."))
    elif total < blueprint.pass_mark:
        refusals.append(_("The pass mark is higher than all marks together."))
    if blueprint.bank.purpose != BankPurpose.SEALED:
        refusals.append(_("Examinations are drawn from sealed banks only."))
    return Outlook(rows, total, refusals)


def freeze_paper(
    blueprint: Blueprint, *, seed: str, avoid: Collection[int] = frozenset()
) -> Paper:
    """Make the paper of a blueprint for a seed: the same seed, the same paper.

    Asks only the approved revisions of ready questions of a sealed bank, each
    question at most once, and as few of those to ``avoid`` (primary keys of
    questions) as the bank allows. The key goes into a row of its own. Of several
    that make it at once the constraint lets one, and the others find it. Raises
    ``BlueprintNotFeasible``, which names the section and how many it lacks.
    """
    made = Paper.objects.filter(blueprint=blueprint, seed=seed)
    if paper := made.first():
        return paper
    paper, key = _draw_up(blueprint, seed, avoid)
    try:
        with transaction.atomic():
            return _write(paper, key)
    except IntegrityError:
        if paper := made.first():
            return paper
        raise


def _draw_up(blueprint, seed, avoid) -> tuple[Paper, dict]:
    """Return an unsaved paper and its key; it takes longest, so nothing is locked."""
    sections, pools = _sections_and_pools(blueprint)
    view = _outlook(blueprint, sections, pools)
    if not view.feasible:
        raise BlueprintNotFeasible(view.refusals)
    rng = random.Random(seed)  # noqa: S311 - must be repeatable, is no secret
    for pool in pools:
        rng.shuffle(pool)
    drawn = draw([section.count for section in sections], pools, avoid)[0]
    content, key = _compose(blueprint, sections, drawn, rng)
    text = canonical_json(content)
    paper = Paper(
        blueprint=blueprint,
        seed=seed,
        content=text,
        content_sha256=sha256_hex(text),
        duration_s=blueprint.duration_min * 60,
        pass_mark=blueprint.pass_mark,
        total_marks=view.total,
    )
    return paper, key


def _write(paper, key) -> Paper:
    paper.save()
    PaperKey.objects.create(paper=paper, key=key)
    PaperQuestion.objects.bulk_create(
        PaperQuestion(paper=paper, slot=slot, revision_id=entry["revision"])
        for slot, entry in key.items()
    )
    return paper


def _pools(blueprint, sections) -> list[list[int]]:
    """Return for each section the questions that fit it, in a stable order."""
    ready = list(
        Question.objects.examinable()
        .filter(bank=blueprint.bank_id)
        .order_by("pk")
        .values_list("pk", "kind", "knowledge_point", "difficulty")
    )
    return [
        [
            pk
            for pk, kind, point, difficulty in ready
            if kind == section.kind
            and section.knowledge_point_id in (None, point)
            and section.difficulty in ("", difficulty)
        ]
        for section in sections
    ]


def draw(
    counts: Sequence[int],
    pools: Sequence[Sequence[int]],
    avoid: Collection[int] = frozenset(),
) -> tuple[list[list[int]], Counter]:
    """Give each section its questions, none twice; count what is lacking.

    Sections may share a pool, so a question already taken is passed on when its
    holder can take another (augmenting paths): if any assignment fills the
    blueprint, this finds one. The questions to ``avoid`` come last: a question once
    placed stays in the paper, so no assignment of the same size asks fewer of them.
    """
    fresh = [[pk for pk in pool if pk not in avoid] for pool in pools]
    holder = {}
    missing = Counter(dict(enumerate(counts)))
    for allowed in (fresh, pools) if avoid else (pools,):
        for index in range(len(counts)):
            while missing[index] and _place(index, allowed, holder, set()):
                missing[index] -= 1
    drawn = [
        [pk for pk in pool if holder.get(pk) == index]
        for index, pool in enumerate(pools)
    ]
    return drawn, +missing


def _place(index, pools, holder, tried) -> bool:
    """Find one more question for a section, moving others where that helps."""
    free = next((pk for pk in pools[index] if pk not in holder), None)
    if free is not None:
        holder[free] = index
        return True
    for pk in pools[index]:
        if pk not in tried:
            tried.add(pk)
            if _place(holder[pk], pools, holder, tried):
                holder[pk] = index
                return True
    return False


def _compose(blueprint, sections, drawn, rng):
    """Write the content that candidates see and the key that they never do."""
    revisions = {
        revision.question_id: revision
        for revision in QuestionRevision.objects.for_paper().filter(
            question__in=[pk for pks in drawn for pk in pks],
            pk__in=Question.objects.examinable().values("ready_revision"),
        )
    }
    content = {"version": VERSION, "title": blueprint.title, "sections": []}
    key = {}
    number = 0
    for section, pks in zip(sections, drawn, strict=True):
        rng.shuffle(pks) if blueprint.shuffle_questions else pks.sort()
        slots = []
        for pk in pks:
            number += 1
            shown, answer = _slot(str(number), section, revisions[pk], rng)
            slots.append(shown)
            key[shown["slot"]] = answer
        content["sections"].append({"title": section.title, "slots": slots})
    return content, key


def _slot(number, section, revision, rng):
    """Return a slot as candidates see it and its entry of the key."""
    kind = kind_of(section.kind)
    shown, answer = kind.freeze(number, draft_from(revision), rng)
    rows = {option.text: option.pk for option in revision.options.all()}
    options = {one["id"]: rows[one["text"]] for one in shown.get("options", ())}
    marks = _text(section.marks)
    return (
        {
            "slot": number,
            "type": section.kind,
            "stem": revision.stem,
            "marks": marks,
            **shown,
        },
        {
            "type": section.kind,
            "marks": marks,
            "scoring": section.scoring,
            "explain": revision.explanation,
            "basis": revision.basis,
            "revision": revision.pk,
            "options": options,
            **answer,
        },
    )


def _text(marks: Decimal) -> str:
    """Write marks as a person does: 2, not 2.00."""
    return f"{marks.normalize():f}"
