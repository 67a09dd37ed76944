from fractions import Fraction

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exams.exceptions import AnswerRefused
from exams.kinds.base import QuestionKind
from exams.kinds.drafts import Problem
from exams.kinds.spellings import spellings, units_of
from exams.kinds.text import count_blanks, normalise_answer

ANSWER_LIMIT = 200
MAX_TEXT = 500
SEPARATOR = "|"


class FillKind(QuestionKind):
    """Blanks in the stem to be filled with words; an answer is one text per blank.

    The slot holds ``blanks``, their number. The key's entry holds for each blank
    ``answer``, what the author accepts, and ``also``, the other usual spellings of it
    (keys frozen before there were any have none).
    """

    code = "fill"
    label = _("fill in the blanks")
    instruction = _("Fill in")
    script = "js/exam-kinds/fill.js"
    template = "exams/kinds/_blanks.html"

    def form_fields(self):
        return {
            "blanks": forms.CharField(
                label=_("answers of the blanks"),
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_(
                    "One line for each blank; accepted answers separated by | . The"
                    " unit after the blank and other usual spellings are accepted too."
                ),
            )
        }

    def draft_parts(self, cleaned):
        return {
            "blanks": [
                [text.strip() for text in line.split(SEPARATOR) if text.strip()]
                for line in cleaned.get("blanks", "").splitlines()
                if line.strip()
            ]
        }

    def form_values(self, draft):
        lines = (f" {SEPARATOR} ".join(blank) for blank in draft.blanks)
        return {"blanks": "\n".join(lines)}

    def problems(self, draft):
        found = []
        if count_blanks(draft.stem) == 0:
            message = _("Mark each blank in the text with ____ .")
            found.append(Problem("no_blank", message))
        elif count_blanks(draft.stem) != len(draft.blanks):
            message = _("Each blank needs its own line of answers.")
            found.append(Problem("blanks_differ", message, "blanks"))
        if any(not any(blank) for blank in draft.blanks):
            message = _("A blank has no accepted answer.")
            found.append(Problem("blank_without_answer", message, "blanks"))
        if any(len(text) > ANSWER_LIMIT for blank in draft.blanks for text in blank):
            message = _("An answer is longer than 200 characters.")
            found.append(Problem("answer_too_long", message, "blanks"))
        if any(len(set(blank)) < len(blank) for blank in draft.blanks):
            message = _("An answer is given twice.")
            found.append(Problem("answer_twice", message, "blanks"))
        return found

    def remarks(self, draft):
        return [
            gettext("Blank %(n)s, also accepted: %(answers)s")
            % {"n": number, "answers": gettext(", ").join(also)}
            for number, also in enumerate(also_accepted(draft), 1)
            if also
        ]

    def freeze(self, number, draft, rng):
        return (
            {"blanks": count_blanks(draft.stem)},
            {"answer": draft.blanks, "also": also_accepted(draft)},
        )

    def accepts(self, slot):
        return slot["blanks"]

    def read(self, value, accepts, secret):
        if not isinstance(value, list) or len(value) != accepts:
            raise AnswerRefused("bad_value")
        if not all(type(one) is str and "\x00" not in one for one in value):
            raise AnswerRefused("bad_value")
        if any(len(one) > MAX_TEXT for one in value):
            raise AnswerRefused("too_long")
        return value

    def is_answered(self, value):
        return all(text.strip() for text in value)

    def value_from_form(self, given):
        texts = [text.strip() for text in given]
        return texts if any(texts) else None

    def form_context(self, slot, value):
        given = value or []
        return {"blanks": [*given, *[""] * (slot["blanks"] - len(given))]}

    def share(self, entry, value):
        blanks = entry["answer"]
        also = entry.get("also") or [[] for _blank in blanks]
        given = value if isinstance(value, list) else []
        right = sum(
            isinstance(text, str)
            and normalise_answer(text) in {normalise_answer(one) for one in accepted}
            for text, accepted in zip(given, map(_joined, blanks, also), strict=False)
        )
        if entry.get("scoring") == "partial":
            return Fraction(right, len(blanks))
        return Fraction(int(right == len(blanks) == len(given)))

    def words(self, slot, value, *, lettered=False):
        return list(value or [])

    def right_words(self, slot, entry):
        return [" / ".join(accepted) for accepted in entry["answer"]]

    def right_value(self, entry, *, secret):
        return [accepted[0] for accepted in entry["answer"]]

    def guess(self, slot, rng):
        return ["不知道"] * slot["blanks"]


def also_accepted(draft) -> list[list[str]]:
    """Return for each blank the spellings that are accepted beside the author's."""
    return [
        _also(accepted, unit)
        for accepted, unit in zip(draft.blanks, units_of(draft.stem), strict=True)
    ]


def _also(accepted, unit):
    known = {normalise_answer(text) for text in accepted}
    also = {}
    for text in accepted:
        for other in spellings(text, unit):
            also.setdefault(normalise_answer(other), other)
    return [other for plain, other in also.items() if plain not in known]


def _joined(accepted, also):
    return [*accepted, *also]
