"""The outcome of exams in words, as lists and desks show it."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Enrolment
from exams.models import Attempt, EffectiveState
from exams.services.admission import has_passed, result_of
from exams.views.presentation import plain
from lms.backoffice.desk_tables import Cell
from lms.evidence import clock


def score_of(attempt: Attempt) -> str:
    """Return the released score of an attempt and whether it is a pass."""
    result = result_of(attempt)
    if result is None:
        return "–"
    word = _("Passed") if result.passed else _("Not passed")
    return f"{plain(result.score)} · {word}"


def exam_cells(enrolments: Iterable[Enrolment], user) -> dict[int, Cell]:
    """Return by enrolment the attempt that decides: the pass, else the newest.

    The note says which attempt it is, and its day. One query.
    """
    attempts = Attempt.objects.filter(enrolment__in=enrolments)
    attempts = attempts.select_related("result").order_by("started_at", "pk")
    deciding: dict[int, Attempt] = {}
    for one in attempts:
        former = deciding.get(one.enrolment_id)
        if former is None or not has_passed(former):
            deciding[one.enrolment_id] = one
    may_view = user.has_perm("exams.view_attempt")
    return {pk: _cell(one, may_view) for pk, one in deciding.items()}


def _cell(attempt, may_view):
    url = ""
    if may_view:
        inspect = Attempt.snippet_viewset.get_url_name("inspect")
        url = reverse(inspect, args=[attempt.pk])
    note = _("attempt %(n)s") % {"n": attempt.number}
    day = timezone.localtime(attempt.started_at).date().isoformat()
    return Cell(_outcome(attempt), url, note=f"{note} · {day}")


def _outcome(attempt):
    if result := result_of(attempt):
        return f"{'✓' if result.passed else '✗'} {score_of(attempt)}"
    state = attempt.effective_state(clock.now())
    if state != EffectiveState.CLOSED:
        return str(state.label)
    return _("result not released yet")
