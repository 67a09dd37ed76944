"""Facts of an attempt that never change, kept in memory for the save path.

An attempt's person, secret and paper are fixed at its start and a paper is frozen,
so a process may remember them; everything that can change is read inside the
statement that saves.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from exams.exceptions import UnknownAttempt
from exams.models import Attempt, Paper, QuestionOption
from exams.papers.values import SlotShape, shape_of


class AttemptCard(NamedTuple):
    """The unchanging facts of one attempt."""

    pk: int
    person_id: int
    secret: str
    paper_id: int
    content_sha256: str

    @property
    def shape(self) -> dict[str, SlotShape]:
        """What each slot of the paper accepts."""
        return _shape(self.paper_id, self.content_sha256)


@lru_cache(maxsize=32768)
def card_of(uuid: str) -> AttemptCard:
    """Return the card of an attempt; raises ``UnknownAttempt``, which is not kept."""
    row = (
        Attempt.objects.filter(uuid=uuid)
        .values_list("pk", "person", "secret", "paper", "paper__content_sha256")
        .first()
    )
    if row is None:
        raise UnknownAttempt
    return AttemptCard(*row)


def content_of(paper: Paper) -> dict:
    """Return the content of a paper; callers must not change it."""
    return _content(paper.pk, paper.content_sha256)


def option_rows(paper: Paper, key: Mapping) -> dict[str, dict[str, int]]:
    """Return for each slot of a key the rows of the bank behind its option ids.

    Keys of the first releases do not name them: there they are found by their texts.
    """
    if all("options" in entry for entry in key.values()):
        return {slot: entry["options"] for slot, entry in key.items()}
    revisions = tuple((slot, entry.get("revision")) for slot, entry in key.items())
    found = _bank_options(paper.pk, paper.content_sha256, revisions)
    return dict.fromkeys(key, found)


# A parsed paper takes a hundred kilobytes, and every attempt may have its own.
@lru_cache(maxsize=64)
def _content(paper_id: int, sha256: str) -> dict:
    return json.loads(Paper.objects.values_list("content", flat=True).get(pk=paper_id))


@lru_cache(maxsize=32768)
def _shape(paper_id: int, sha256: str) -> dict[str, SlotShape]:
    return _shared(tuple(shape_of(_content(paper_id, sha256)).items()))


@lru_cache(maxsize=512)
def _shared(shapes: tuple[tuple[str, SlotShape], ...]) -> dict[str, SlotShape]:
    """Return one object for equal shapes: papers of one blueprint mostly have them."""
    return dict(shapes)


@lru_cache(maxsize=512)
def _bank_options(paper_id: int, sha256: str, revisions: tuple) -> dict[str, int]:
    """Find each option by its text, which occurs once in a revision."""
    revisions = dict(revisions)
    options = QuestionOption.objects.filter(revision__in=revisions.values())
    rows = {
        (revision, text): pk
        for pk, revision, text in options.values_list("pk", "revision", "text")
    }
    found = {}
    for section in _content(paper_id, sha256)["sections"]:
        for slot in section["slots"]:
            for option in slot.get("options", ()):
                pk = rows.get((revisions.get(slot["slot"]), option["text"]))
                if pk is not None:
                    found[option["id"]] = pk
    return found
