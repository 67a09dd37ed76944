from django.utils.translation import gettext_lazy as _

from exams.exceptions import AnswerRefused
from exams.kinds.choice import ChoiceKind, tokens_of
from exams.kinds.tokens import option_token


class SingleKind(ChoiceKind):
    """One option of several is right; an answer is one token."""

    code = "single"
    label = _("single choice")
    instruction = _("Choose one")
    script = "js/exam-kinds/single.js"

    def read(self, value, accepts, secret):
        if type(value) is not str:
            raise AnswerRefused("bad_value")
        if value not in tokens_of(secret, accepts):
            raise AnswerRefused("unknown_option")
        return value

    def with_ids(self, value, accepts, secret):
        return tokens_of(secret, accepts)[value]

    def right_value(self, entry, *, secret):
        return option_token(secret, entry["answer"][0])
