from django.utils.translation import gettext_lazy as _

from exams.exceptions import AnswerRefused
from exams.kinds.choice import ChoiceKind, tokens_of
from exams.kinds.tokens import option_token


class MultipleKind(ChoiceKind):
    """Two options or more are right; an answer is a sorted list of tokens.

    All options may be right: "all of the above" is asked so.
    """

    code = "multiple"
    label = _("multiple choice")
    instruction = _("Choose all that are right")
    script = "js/exam-kinds/multiple.js"
    input_type = "checkbox"

    def right_faults(self, right):
        if right == 1:
            yield "one_right_option", _("Multiple choice needs two right options.")

    def read(self, value, accepts, secret):
        if not isinstance(value, list) or not all(type(one) is str for one in value):
            raise AnswerRefused("bad_value")
        if not tokens_of(secret, accepts).keys() >= set(value):
            raise AnswerRefused("unknown_option")
        return sorted(set(value)) or None

    def value_from_form(self, given):
        return sorted(set(given)) or None

    def with_ids(self, value, accepts, secret):
        known = tokens_of(secret, accepts)
        return sorted(known[token] for token in value)

    def right_value(self, entry, *, secret):
        return sorted(option_token(secret, one) for one in entry["answer"])

    def guess(self, slot, rng):
        count = rng.randint(1, len(slot["options"]))
        return sorted(one["id"] for one in rng.sample(slot["options"], count))
