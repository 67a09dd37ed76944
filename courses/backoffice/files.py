"""What training adds to the files of a person and of an organisation."""

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from courses.hours.progress import progress_for
from courses.models import EnrolmentStatus, TrainingClass
from lms.backoffice.desks import desk_section, link_to, table_of
from lms.people.models import Organisation, Person


@desk_section(Person, order=10)
def classes_of_person(request, person):
    """The classes of a person with the hours credited, of those the user sees."""
    if not request.user.has_perm("courses.view_enrolment"):
        return None
    enrolments = person.enrolments.visible_to(request.user).for_listing()
    return table_of(
        _("training classes"),
        (
            _("Class"),
            _("unit"),
            _("state"),
            _("class hours"),
            _("hours met on"),
            _("passed on"),
        ),
        [
            (
                link_to(one.enrolment.training_class),
                one.enrolment.organisation,
                link_to(one.enrolment, one.enrolment.get_status_display()),
                f"{one.credited_hours} / {one.planned_hours}",
                one.enrolment.hours_met_on,
                one.enrolment.passed_on,
            )
            for one in progress_for(enrolments.order_by("-enrolled_on", "-pk"))
        ],
    )


@desk_section(Person, order=20)
def records_of_person(request, person):
    """The training records of a person that nothing corrects, the newest first."""
    if not request.user.has_perm("courses.view_trainingrecord"):
        return None
    records = person.training_records.visible_to(request.user).current().for_listing()
    return table_of(
        _("training records"),
        (_("done on"), _("kind"), _("for whom"), _("class hours"), _("result")),
        [
            (
                link_to(one, one.done_on.isoformat()),
                one.get_kind_display(),
                one.get_audiences_display(),
                str(one.hours),
                one.get_result_display(),
            )
            for one in records.order_by("-done_on", "-pk")
        ],
    )


@desk_section(Organisation, order=20)
def classes_of_organisation(request, organisation):
    """The classes that people of an organisation are in, and how many they are."""
    if not request.user.has_perm("courses.view_enrolment"):
        return None
    theirs = Q(
        enrolments__organisation=organisation,
        enrolments__status=EnrolmentStatus.ADMITTED,
    )
    met = theirs & Q(enrolments__hours_met_on__isnull=False)
    classes = (
        TrainingClass.objects.filter(theirs)
        .annotate(people=Count("enrolments", theirs), met=Count("enrolments", met))
        .order_by("-starts_on", "number")
    )
    return table_of(
        _("training classes"),
        (_("Class"), _("state"), _("from"), _("People"), _("hours met")),
        [
            (
                link_to(one),
                one.get_state_display(),
                one.starts_on,
                str(one.people),
                str(one.met),
            )
            for one in classes
        ],
    )
