"""The acts on a sitting: papers, time and results."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams.backoffice.forms import CandidateTimeForm, ExtraTimeForm, closing_in_words
from exams.models import Attempt, Sitting
from exams.services.admission import people_expected
from exams.services.attempts import adjust_time
from exams.services.candidate_papers import prepare_papers
from exams.services.extra_time import agree_extra_time
from exams.services.finalise import finalise_due
from exams.services.release import release_result
from lms.backoffice.row_actions import RowAction, register_row_actions
from lms.evidence import clock
from lms.people.models import Person

MAY_CHANGE = "exams.change_sitting"


def people_seen(sitting, user):
    """Return the people expected at a sitting whom a user may see."""
    return people_expected(sitting).filter(pk__in=Person.objects.visible_to(user))


def running_seen(sitting, user):
    """Return the attempts that run at a sitting, of those a user sees."""
    seen = sitting.attempts.visible_to(user).running(clock.now())
    return seen.select_related("person").order_by("person__name", "pk")


def waiting_seen(sitting, user):
    """Return the attempts whose results wait, of those a user sees."""
    return sitting.attempts.visible_to(user).awaiting_release()


def is_not_over(sitting) -> bool:
    return clock.now() < sitting.closes_at


def closing(sitting, user) -> str:
    """Say until when anybody can write."""
    return closing_in_words(sitting)


def what_is_released(sitting, user) -> str:
    """Say how many results the candidates will learn."""
    count = waiting_seen(sitting, user).count()
    told = ngettext(
        "%(count)d candidate learns the result at once.",
        "%(count)d candidates learn their results at once.",
        count,
    )
    return told % {"count": count}


def prepare(sitting, *, by):
    prepare_papers(sitting)
    return _("The papers are ready.")


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
    )
    return told % {"count": len(made)}


def release(sitting, *, by):
    """Release every result that waits, of those the user sees."""
    finalise_due(sitting=sitting)
    released = [release_result(one, by=by) for one in waiting_seen(sitting, by)]
    told = ngettext(
        "%(count)d result is released.",
        "%(count)d results are released.",
        len(released),
    )
    return told % {"count": len(released)}


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
