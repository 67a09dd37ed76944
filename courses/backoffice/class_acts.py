"""Acts on a class: each change of state, enrolling and withdrawing people."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from courses.backoffice.forms import CancelForm, EnrolForm, WithdrawPersonForm
from courses.models import ClassState, TrainingClass
from courses.services import enrol, move_class, withdraw
from courses.services.classes import NEXT_STATES
from lms.backoffice.outcomes import with_others
from lms.backoffice.row_actions import RowAction, register_row_actions

MAY_CHANGE = "courses.change_trainingclass"
BEFORE_ENROLMENT = (ClassState.DRAFT, ClassState.FILED)


def moving(name: str, label, to: ClassState, **fields) -> RowAction:
    """Return the act that brings a class to a state."""

    def move(training_class, *, by, reason=""):
        moved = move_class(training_class, to=to, reason=reason, actor=by)
        state = moved.get_state_display()
        return _("The class is now: %(state)s.") % {"state": state}

    return RowAction(
        name=name,
        label=label,
        permission=MAY_CHANGE,
        service=move,
        offered=lambda training_class: to in NEXT_STATES[training_class.state],
        **fields,
    )


def what_closing_ends(training_class, user) -> str:
    """Say before closing who has not met the hours, of those the user sees."""
    unmet = training_class.enrolments.admitted().filter(hours_met_on=None)
    count = unmet.count()
    never = _("A closed class is never opened again.")
    if not count:
        return never
    seen = unmet.visible_to(user).order_by("person__name", "pk")
    told = ngettext(
        "%(people)d person has not met the hours and can then learn nothing more here: "
        "%(names)s.",
        "%(people)d people have not met the hours and can then learn nothing more "
        "here: %(names)s.",
        count,
    ) % {
        "people": count,
        "names": "、".join(seen.values_list("person__name", flat=True)) or "—",
    }
    return f"{never} {told}"


def takes_people(training_class) -> bool:
    return TrainingClass.objects.admitting().filter(pk=training_class.pk).exists()


def admit_people(training_class, *, by, people, organisation, in_spite):
    """Admit the people of a list; all of them or nobody."""
    present = training_class.enrolments.admitted().filter(person__in=people)
    here = list(present.values_list("person__name", flat=True).order_by("person__name"))
    enrol(
        training_class,
        persons=people,
        organisation=organisation,
        in_spite=in_spite,
        actor=by,
    )
    count = len(people) - len(here)
    told = ngettext("%(count)d person enrolled.", "%(count)d people enrolled.", count)
    already = ((_("in the class already"), name) for name in here)
    return with_others(told % {"count": count}, already)


def take_out(training_class, *, by, enrolment, reason):
    """Take one person out of the class."""
    withdraw(enrolment, reason=reason, actor=by)
    return _("Taken out of the class; what was learnt stays.")


def people_to_withdraw(training_class, user) -> dict:
    """Return those of the class whom the user sees, for the form."""
    seen = training_class.enrolments.visible_to(user).admitted()
    return {"seen": seen.select_related("person", "organisation")}


register_row_actions(
    TrainingClass,
    moving("file", gettext_lazy("File the class"), ClassState.FILED, is_primary=True),
    moving(
        "open",
        gettext_lazy("Open the enrolment"),
        ClassState.ENROLLING,
        is_primary=True,
    ),
    moving(
        "confirm",
        gettext_lazy("Confirm the class"),
        ClassState.CONFIRMED,
        is_primary=True,
    ),
    moving(
        "begin", gettext_lazy("Begin the class"), ClassState.RUNNING, is_primary=True
    ),
    moving(
        "examine",
        gettext_lazy("Go on to the exam"),
        ClassState.EXAMINING,
        is_primary=True,
    ),
    moving(
        "close",
        gettext_lazy("Close the class"),
        ClassState.CLOSED,
        consequence=what_closing_ends,
        is_primary=True,
        is_final=True,
    ),
    RowAction(
        name="enrol",
        label=gettext_lazy("Enrol people"),
        permission=MAY_CHANGE,
        service=admit_people,
        form_class=EnrolForm,
        form_arguments=lambda training_class, user: {"user": user},
        offered=takes_people,
        icon="group",
    ),
    RowAction(
        name="withdraw",
        label=gettext_lazy("Withdraw a person"),
        permission=MAY_CHANGE,
        service=take_out,
        form_class=WithdrawPersonForm,
        form_arguments=people_to_withdraw,
        consequence=gettext_lazy("What the person has learnt so far stays on record."),
        is_final=True,
        is_listed=False,
        icon="user",
    ),
    moving(
        "cancel",
        gettext_lazy("Cancel the class"),
        ClassState.CANCELLED,
        form_class=CancelForm,
        consequence=gettext_lazy("A cancelled class is never opened again."),
        is_final=True,
    ),
)
