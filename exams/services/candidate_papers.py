"""Which paper a candidate is asked."""

import hmac
import secrets
from collections.abc import Collection
from itertools import count

from django.conf import settings

from exams.exceptions import BlueprintNotFeasible, NoPaper
from exams.models import Paper, PaperQuestion, Sitting
from exams.services.papers import freeze_paper
from lms.people.models import Person

# How often a paper is drawn again when it came out like one the person has had.
DRAWS = 5


def paper_for_person(sitting: Sitting, person: Person) -> Paper:
    """Return the paper of a person's next attempt at a sitting.

    It is drawn for this attempt, or shared by first attempts where the sitting says
    so. A person who was asked from this bank before gets a paper that asks as few
    of the same questions as the bank allows, and never a paper they have had (E28).
    Raises ``NoPaper``.
    """
    had = _papers_of(person, sitting)
    try:
        if sitting.variants and not had:
            return _fresh_paper(sitting, secrets.choice(_shared_seeds(sitting)))
        return _own_paper(sitting, person, had)
    except BlueprintNotFeasible as shortage:
        # The bank has shrunk since the shared papers were made.
        if paper := _shared_paper_not_had(sitting, had):
            return paper
        raise NoPaper from shortage


def freeze_shared_papers(sitting: Sitting) -> None:
    """Freeze the papers that first attempts share, where the sitting has such.

    Raises ``BlueprintNotFeasible``.
    """
    for seed in _shared_seeds(sitting):
        _fresh_paper(sitting, seed)


def _own_paper(sitting, person, had: Collection[Paper]) -> Paper:
    """Draw a person's next paper; drawing again finds the one that was prepared."""
    avoid = set(
        PaperQuestion.objects.filter(paper__in=had).values_list(
            "revision__question", flat=True
        )
        if had
        else ()
    )
    contents = {paper.content_sha256 for paper in had}
    for draw in range(DRAWS):
        seed = _own_seed(sitting, person, len(had), draw)
        paper = _fresh_paper(sitting, seed, avoid=avoid)
        if paper.content_sha256 not in contents:
            return paper
    raise NoPaper


def _fresh_paper(sitting, seed, avoid: Collection[int] = frozenset()) -> Paper:
    """Freeze the paper of a seed; one that asks what the bank asks no more is redrawn.

    A paper that was made ahead is so out of date once the blueprint has other rules,
    or one of its questions is retired or has another revision. A new draw never is, so
    that the search ends.
    """
    edition = sitting.blueprint.edition
    for draw in count():
        # The first papers of all have seeds without either.
        name = f"{seed}:{edition}.{draw}" if edition or draw else seed
        paper = freeze_paper(sitting.blueprint, seed=name, avoid=avoid)
        if not PaperQuestion.objects.outdated().filter(paper=paper).exists():
            return paper


def _own_seed(sitting, person, earlier, draw) -> str:
    """Name the draw of an attempt; not to be guessed, since it decides the paper."""
    text = f"{sitting.uuid}:{person.pk}:{earlier}:{draw}"
    key = hmac.digest(settings.SECRET_KEY.encode(), b"exams.paper", "sha256")
    return f"{sitting.uuid}:{hmac.digest(key, text.encode(), 'sha256').hex()[:32]}"


def _shared_seeds(sitting) -> list[str]:
    return [f"{sitting.uuid}:{variant}" for variant in range(sitting.variants)]


def _shared_paper_not_had(sitting, had) -> Paper | None:
    contents = [paper.content_sha256 for paper in had]
    shared = Paper.objects.filter(
        blueprint=sitting.blueprint, seed__in=_shared_seeds(sitting)
    )
    return shared.exclude(content_sha256__in=contents).order_by("?").first()


def _papers_of(person, sitting) -> list[Paper]:
    """Return the papers a person was asked from the bank of a sitting."""
    papers = Paper.objects.filter(
        attempts__person=person, blueprint__bank=sitting.blueprint.bank_id
    )
    return list(papers.only("pk", "content_sha256").distinct())
