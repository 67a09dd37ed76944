from django.utils.translation import gettext_lazy as _

from exams.kinds.single import SingleKind


class TrueFalseKind(SingleKind):
    """True and false keep their order: it says nothing, and eyes expect it."""

    code = "true_false"
    label = _("true or false")
    instruction = _("True or false")
    script = "js/exam-kinds/true_false.js"

    def number_faults(self, count):
        if count != 2:
            yield "not_two_options", _("True or false has exactly two options.")

    def in_order(self, options, rng):
        # The same order in every question, in any order of writing.
        return sorted(options, key=lambda one: one[0])

    def for_candidate(self, slot, seed):
        return slot["options"]
