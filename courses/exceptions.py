from django.utils.translation import gettext_lazy as _


class CourseRefusal(Exception):
    """A rule said no. ``code`` is stable, ``str()`` fit to show the learner."""

    code = "refused"
    message = _("This is not possible.")

    def __init__(self, message=None):
        super().__init__(message or self.message)

    def __str__(self):
        return str(self.args[0])


class ClassFull(CourseRefusal):
    code = "class_full"
    message = _("The class is full.")


class ClassNotAdmitting(CourseRefusal):
    code = "not_admitting"
    message = _("The class takes nobody at present.")


class ClassNotStudying(CourseRefusal):
    code = "not_studying"
    message = _("This class is not running, so no time is counted.")


class HoursNotMet(CourseRefusal):
    code = "hours_not_met"
    message = _("The class hours are not complete yet.")


class NotToBeWithdrawn(CourseRefusal):
    code = "not_to_be_withdrawn"
    message = _("Only who is in the class and has not passed can be taken out.")


class BadTransition(CourseRefusal):
    code = "bad_transition"
    message = _("The class cannot go there from its present state.")


class HoursOutOfReach(CourseRefusal):
    """``given`` is what the lessons give, ``planned`` what the class asks for."""

    code = "hours_out_of_reach"
    message = _(
        "The lessons give %(given)s class hours at most, but %(planned)s are planned: "
        "nobody could finish. Add lessons, or plan fewer hours."
    )

    def __init__(self, *, given, planned):
        super().__init__(self.message % {"given": given, "planned": planned})


class NotYourLesson(CourseRefusal):
    code = "not_your_lesson"
    message = _("This lesson is not part of your training.")
