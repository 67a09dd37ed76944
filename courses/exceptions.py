from django.utils.translation import gettext_lazy as _

from lms.access.refusals import Refusal


class CourseRefusal(Refusal):
    """Refusal by a rule. ``code`` is stable, ``str()`` can be shown to the learner."""

    message = _("This is not possible.")


class ClassFull(CourseRefusal):
    """``free`` places for the people named in ``names``."""

    code = "class_full"
    message = _(
        "%(free)d of %(capacity)d places are free, and %(count)d people would be new: "
        "%(names)s. Take some off the list, or give the class more places."
    )

    def __init__(self, *, free, capacity, names):
        facts = {"free": free, "capacity": capacity, "count": len(names)}
        super().__init__(self.message % (facts | {"names": "、".join(names)}))


class ClassNotAdmitting(CourseRefusal):
    code = "not_admitting"
    message = _("The class accepts no enrolments at present.")


class NameNotPrintable(CourseRefusal):
    """Raised at enrolment, not when the certificate is due; names everybody."""

    code = "glyph_missing"
    message = _(
        "No certificate could be printed for %(names)s: the fonts lack %(signs)s. "
        "Correct the names, or have a font that has them set up (CERTIFICATE_FONT)."
    )

    def __init__(self, signs_by_name):
        missing = sorted({sign for signs in signs_by_name.values() for sign in signs})
        facts = {"names": "、".join(signs_by_name), "signs": " ".join(missing)}
        super().__init__(self.message % facts)


class ClassNotStudying(CourseRefusal):
    code = "not_studying"
    message = _("This class is not running, so no time is counted.")


class HoursNotMet(CourseRefusal):
    code = "hours_not_met"
    message = _("The class hours are not complete yet.")


class NotToBeWithdrawn(CourseRefusal):
    code = "not_to_be_withdrawn"
    message = _(
        "Only a person who is in the class and has not passed can be withdrawn."
    )


class EnrolmentDoubt(CourseRefusal):
    """What speaks against enrolling one person; staff may decide otherwise."""


class RoleMissing(EnrolmentDoubt):
    """``roles`` are those the person has, in words."""

    code = "role_missing"
    message = _("%(name)s: registered as %(roles)s, the programme is for %(wanted)s.")

    def __init__(self, person, *, wanted, roles):
        registered = "、".join(map(str, roles)) or _("nothing")
        facts = {"name": person.name, "roles": registered, "wanted": wanted}
        super().__init__(self.message % facts)


class InAnotherClass(EnrolmentDoubt):
    code = "in_another_class"
    message = _("%(name)s: in class %(other)s at the same time, %(first)s to %(last)s.")

    def __init__(self, person, *, other):
        days = {"first": other.starts_on, "last": other.ends_on}
        super().__init__(self.message % ({"name": person.name, "other": other} | days))


class NotEligible(CourseRefusal):
    """``details`` are all doubts, person by person."""

    code = "not_eligible"
    message = _(
        "Nobody was enrolled. Take these people off the list, or enrol them all the "
        "same and say why."
    )

    def __init__(self, doubts):
        super().__init__()
        self.details = doubts


class NotBegunYet(CourseRefusal):
    code = "not_begun_yet"
    message = _("The class begins on %(day)s: until then it can only be cancelled.")

    def __init__(self, day):
        super().__init__(self.message % {"day": day})


class ClassNotOver(CourseRefusal):
    """``names`` are people who still lack hours."""

    code = "not_over_yet"
    message = _(
        "The class runs until %(day)s, and these people still lack hours: %(names)s. "
        "Withdraw them first, or close the class after its last day."
    )

    def __init__(self, *, day, names):
        super().__init__(self.message % {"day": day, "names": "、".join(names)})


class BadTransition(CourseRefusal):
    code = "bad_transition"
    message = _("The class cannot go there from its present state.")


class HoursOutOfReach(CourseRefusal):
    """``given`` is what the lessons give, ``planned`` what the class asks for."""

    code = "hours_out_of_reach"
    message = _(
        "The lessons give %(given)s class hours at most, but %(planned)s are planned: "
        "nobody could finish. Add lessons, plan fewer hours, or say how many of them "
        "are taught in person."
    )

    def __init__(self, *, given, planned):
        super().__init__(self.message % {"given": given, "planned": planned})


class NotYourLesson(CourseRefusal):
    code = "not_your_lesson"
    message = _("This lesson is not part of your training.")


class HoursNotEntered(CourseRefusal):
    """Class hours that cannot be credited; the subclasses say why."""


class DayNotPossible(HoursNotEntered):
    """``first`` and ``last`` are the days for which hours can be entered."""

    code = "day_not_possible"
    message = _("Hours of this class can be entered for %(first)s to %(last)s only.")

    def __init__(self, *, first, last):
        super().__init__(self.message % {"first": first, "last": last})


class HoursMetAlready(HoursNotEntered):
    code = "hours_met_already"
    message = _("The class hours were complete on %(day)s; nothing is added.")

    def __init__(self, day):
        super().__init__(self.message % {"day": day})


class DayIsFull(HoursNotEntered):
    """``left`` is what the day still holds, over all classes and online study."""

    code = "day_is_full"
    message = _(
        "A day holds %(most)s class hours over all classes and online study; on "
        "%(day)s %(left)s are left."
    )

    def __init__(self, *, most, day, left):
        super().__init__(self.message % {"most": most, "day": day, "left": left})


class HalfDayTaken(HoursNotEntered):
    """``where`` is the class in which the half day was credited."""

    code = "half_day_taken"
    message = _(
        "This half day is credited already in class %(where)s. Put a mistake right by "
        "a correction."
    )

    def __init__(self, where):
        super().__init__(self.message % {"where": where})


class BelowZero(HoursNotEntered):
    code = "below_zero"
    message = _("Only %(entered)s class hours were entered: no more can be taken away.")

    def __init__(self, entered):
        super().__init__(self.message % {"entered": entered})


class CourseReasonMissing(CourseRefusal):
    code = "reason_missing"
    message = _("Say why, in words.")
