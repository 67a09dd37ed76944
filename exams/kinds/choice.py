"""What single choice, multiple choice and true/false have in common."""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from django import forms
from django.utils.translation import gettext_lazy as _

from exams.kinds.base import QuestionKind
from exams.kinds.drafts import Problem, QuestionDraft
from exams.kinds.text import normalise_answer
from exams.kinds.tokens import option_token, shuffled

OPTION_LIMIT = 500
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
RIGHT = "*"
WHOLE, NOTHING = Fraction(1), Fraction(0)


@lru_cache(maxsize=2048)
def tokens_of(secret: str, options: tuple[str, ...]) -> dict[str, str]:
    """Return the options of a slot by their tokens in one attempt."""
    return {option_token(secret, option): option for option in options}


class ChoiceKind(QuestionKind):
    """A question with options, of which some are right.

    The slot holds ``options`` (id and text), the key's entry ``answer``, the ids of
    the right ones. A phone knows options by tokens that are good for one attempt.
    """

    template = "exams/kinds/_options.html"
    input_type = "radio"

    def form_fields(self):
        return {
            "options": forms.CharField(
                label=_("options"),
                required=False,
                widget=forms.Textarea(attrs={"rows": 6}),
                help_text=_("One a line; put * before each right one."),
            )
        }

    def draft_parts(self, cleaned):
        lines = (line.strip() for line in cleaned.get("options", "").splitlines())
        return {
            "options": [
                (line.removeprefix(RIGHT).strip(), line.startswith(RIGHT))
                for line in lines
                if line
            ]
        }

    def form_values(self, draft):
        lines = (f"{RIGHT if right else ''}{text}" for text, right in draft.options)
        return {"options": "\n".join(lines)}

    def problems(self, draft: QuestionDraft):
        return [
            Problem(code, message, field="options")
            for code, message in self._faults(draft.options)
        ]

    def _faults(self, options):
        texts = [text for text, _right in options]
        yield from self.number_faults(len(options))
        if len(options) > len(LETTERS):
            yield "too_many_options", _("More than 26 options cannot be lettered.")
        if not all(texts):
            yield "option_empty", _("One of the options has no text.")
        if any(len(text) > OPTION_LIMIT for text in texts):
            yield "option_too_long", _("An option is longer than 500 characters.")
        if len({normalise_answer(text) for text in texts}) < len(texts):
            yield "option_twice", _("Two options say the same.")
        right = sum(is_right for _text, is_right in options)
        if right == 0:
            yield "no_right_option", _("No option is marked as right.")
        else:
            yield from self.right_faults(right)

    def number_faults(self, count: int):
        """Yield code and sentence where there are too few or too many options."""
        if count < 2:
            yield "too_few_options", _("At least two options are needed.")

    def right_faults(self, right: int):
        """Yield code and sentence where the number of right options is not allowed."""
        if right > 1:
            yield "several_right_options", _("Only one option can be right here.")

    def freeze(self, number, draft, rng):
        options = self.in_order(draft.options, rng)
        # Ids follow this order, so they say nothing about which is right (E17).
        named = [(f"{number}-{place}", one) for place, one in enumerate(options, 1)]
        return (
            {"options": [{"id": name, "text": text} for name, (text, _right) in named]},
            {"answer": [name for name, (_text, right) in named if right]},
        )

    def in_order(self, options: list, rng) -> list:
        """Return the options in the order of the paper."""
        options = list(options)
        rng.shuffle(options)
        return options

    def deliver(self, slot, *, secret, seed):
        options = [
            {"id": option_token(secret, one["id"]), "text": one["text"]}
            for one in self.for_candidate(slot, seed)
        ]
        return {**slot, "options": options}

    def for_candidate(self, slot: Mapping, seed: str) -> list:
        """Return the options of a slot in the order of one attempt."""
        return shuffled(slot["options"], seed=seed, slot=slot["slot"])

    def accepts(self, slot):
        return tuple(option["id"] for option in slot["options"])

    def form_context(self, slot, value):
        chosen = value if isinstance(value, list) else [value]
        return {
            "input_type": self.input_type,
            "options": [
                {**option, "letter": letter, "chosen": option["id"] in chosen}
                for letter, option in zip(LETTERS, slot["options"], strict=False)
            ],
        }

    def share(self, entry, value):
        chosen = value if isinstance(value, list) else [value]
        if not all(isinstance(option, str) for option in chosen):
            return NOTHING
        chosen, right = set(chosen), set(entry["answer"])
        if chosen == right:
            return WHOLE
        if entry.get("scoring") == "partial" and chosen < right:
            return Fraction(len(chosen), len(right))
        return NOTHING

    def chosen(self, value):
        return value if isinstance(value, list) else [value]

    def words(self, slot, value, *, lettered=False):
        chosen = value if isinstance(value, list) else [value]
        return [
            f"{letter}. {option['text']}" if lettered else option["text"]
            for letter, option in zip(LETTERS, slot["options"], strict=False)
            if option["id"] in chosen
        ]

    def right_words(self, slot, entry):
        texts = {one["id"]: one["text"] for one in slot["options"]}
        return [texts[option] for option in entry["answer"] if option in texts]

    def guess(self, slot, rng):
        return rng.choice(slot["options"])["id"]
