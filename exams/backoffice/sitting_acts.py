"""The acts on a sitting: papers, time and results."""

from django.utils.translation import gettext, gettext_lazy, ngettext

from exams.backoffice.forms import CandidateTimeForm, ExtraTimeForm, closing_in_words
from exams.backoffice.sitting_people import (
    people_at,
    people_seen,
    running_seen,
    waiting_seen,
)
from exams.models import Attempt, Sitting
from exams.services.attempts import adjust_time
from exams.services.extra_time import agree_extra_time
from exams.services.finalise import finalise_due
from exams.services.prepared_papers import AT_ONCE, prepare_papers, readiness_of
from exams.services.release import release_result
from lms.backoffice.outcomes import names_by_reason, with_others
from lms.backoffice.row_actions import RowAction, register_row_actions
from lms.evidence import clock

MAY_CHANGE = "exams.change_sitting"


def is_not_over(sitting) -> bool:
    return clock.now() < sitting.closes_at


def closing(sitting, user) -> str:
    """Say until when anybody can write."""
    return closing_in_words(sitting)


def stages(people, without=frozenset()) -> list[tuple[str, str]]:
    """Return stage and name of each person, without those of some attempts."""
    return [
        (one.stage, one.person.name)
        for one in people
        if one.attempt is None or one.attempt.pk not in without
    ]


def what_is_released(sitting, user) -> str:
    """Say who learns a result, and of the others why not."""
    people = people_at(sitting, user, clock.now())
    waiting = [one for one in people if one.waits]
    told = ngettext(
        "%(count)d candidate learns the result at once.",
        "%(count)d candidates learn their results at once.",
        len(waiting),
    ) % {"count": len(waiting)}
    others = [one for one in people if not one.waits]
    return "\n".join([told, *names_by_reason(stages([*waiting, *others]))])


def prepare(sitting, *, by):
    prepare_papers(sitting, limit=AT_ONCE)
    return papers_in_words(sitting)


def papers_in_words(sitting) -> str:
    """Say for how many of those who have not begun a paper is ready."""
    ready, expected = readiness_of(sitting)
    if not expected:
        return gettext("Nobody on the list still needs a paper.")
    return ngettext(
        "%(ready)d of %(count)d paper is ready.",
        "%(ready)d of %(count)d papers are ready.",
        expected,
    ) % {"ready": ready, "count": expected}


def agree_time(sitting, *, by, person, minutes, reason):
    """Agree on extra time for one person, before the start."""
    agree_extra_time(sitting, person=person, seconds=minutes * 60, reason=reason, by=by)
    return closing_in_words(sitting)


def give_time(sitting, *, by, attempt: Attempt | None, minutes, reason, batch):
    """Give more time to one running attempt, or to all that the user sees."""
    made = adjust_time(
        [attempt] if attempt else running_seen(sitting, by),
        seconds=minutes * 60,
        reason=reason,
        by=by,
        batch=batch,
    )
    told = ngettext(
        "%(count)d candidate has more time.",
        "%(count)d candidates have more time.",
        len(made),
    ) % {"count": len(made)}
    if attempt:
        return told
    people = people_at(sitting, by, clock.now())
    return with_others(told, stages(people, without={one.attempt_id for one in made}))


def release(sitting, *, by):
    """Release every result that waits, of those the user sees."""
    finalise_due(sitting=sitting)
    people = people_at(sitting, by, clock.now())
    released = [release_result(one, by=by) for one in waiting_seen(sitting, by)]
    told = ngettext(
        "%(count)d result is released.",
        "%(count)d results are released.",
        len(released),
    ) % {"count": len(released)}
    done = {one.attempt_id for one in released}
    return with_others(told, stages(people, without=done))


register_row_actions(
    Sitting,
    RowAction(
        name="release",
        label=gettext_lazy("Release the results"),
        permission=MAY_CHANGE,
        service=release,
        consequence=what_is_released,
        offered_to=lambda sitting, user: waiting_seen(sitting, user).exists(),
        is_primary=True,
        icon="check",
    ),
    RowAction(
        name="extra-time",
        label=gettext_lazy("Give more time"),
        permission=MAY_CHANGE,
        service=give_time,
        form_class=ExtraTimeForm,
        form_arguments=lambda row, user: {"attempts": running_seen(row, user)},
        consequence=closing,
        offered_to=lambda sitting, user: running_seen(sitting, user).exists(),
        icon="time",
    ),
    RowAction(
        name="prepare",
        label=gettext_lazy("Prepare the papers now"),
        permission=MAY_CHANGE,
        service=prepare,
        offered=is_not_over,
        is_primary=True,
        icon="doc-full",
    ),
    RowAction(
        name="agree-time",
        label=gettext_lazy("Agree extra time"),
        permission=MAY_CHANGE,
        service=agree_time,
        form_class=CandidateTimeForm,
        form_arguments=lambda row, user: {"people": people_seen(row, user)},
        consequence=closing,
        offered=is_not_over,
        icon="time",
    ),
)
