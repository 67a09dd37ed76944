from collections.abc import Mapping
from fractions import Fraction
from random import Random
from typing import Any

from django import forms

from exams.kinds.drafts import Problem, QuestionDraft


class QuestionKind:
    """How questions of one kind are written, frozen, asked, read, marked and shown.

    A question occurs in three forms: the ``QuestionDraft`` an author writes; the *slot*
    of a paper, a JSON object that candidates see and that holds no byte of the key; and
    the *entry* of the key, a JSON object that only marking and reviewing read. An
    answer is a JSON value; ``None`` is a cleared answer, which a method receives only
    where its docstring says so.

    Every method is a pure function: no clock, no database, no setting (E19). Slots and
    entries are kept for years: methods that read them must accept all older forms.
    """

    #: Stored in questions, papers and keys; at most 12 characters, never changed.
    code: str
    #: Name in the back office.
    label: Any
    #: What the candidate is told to do, above the question.
    instruction: Any = ""
    #: Static file of the JavaScript module that draws the question on the phone.
    script: str = ""
    #: Template of the answer fields of the plain HTML form.
    template: str = ""
    #: Whether papers can ask it; of any other kind only drafts are kept.
    examinable = True

    # --- writing ---------------------------------------------------------------

    def form_fields(self) -> dict[str, forms.Field]:
        """Return the fields of the back office that only this kind needs.

        Kinds may share a field by giving it the same name.
        """
        return {}

    def draft_parts(self, cleaned: Mapping[str, str]) -> dict[str, list]:
        """Return ``options`` and ``blanks`` of a draft from the fields of the form."""
        return {}

    def form_values(self, draft: QuestionDraft) -> dict[str, str]:
        """Return a draft as the values of the form's fields."""
        return {}

    def problems(self, draft: QuestionDraft) -> list[Problem]:
        """Return everything that is wrong with a draft, the stem's length apart."""
        return []

    def remarks(self, draft: QuestionDraft) -> list[str]:
        """Return what an author should know of a draft that is well formed."""
        return []

    # --- the paper -------------------------------------------------------------

    def freeze(
        self, number: str, draft: QuestionDraft, rng: Random
    ) -> tuple[dict, dict]:
        """Return what this kind adds to the slot of a paper, and to the key's entry.

        ``rng`` is the paper's own: the same seed must give the same paper for ever.
        """
        raise NotImplementedError

    def deliver(self, slot: Mapping, *, secret: str, seed: str) -> dict:
        """Return a slot as one candidate sees it."""
        return dict(slot)

    # --- the answer ------------------------------------------------------------

    def accepts(self, slot: Mapping) -> Any:
        """Return what ``read`` has to know of a slot; hashable, computed once."""
        return None

    def read(self, value, accepts, secret: str):
        """Return the canonical form of what a phone sent; None clears the slot.

        Called for every answer that is saved. Raises ``AnswerRefused``.
        """
        raise NotImplementedError

    def is_answered(self, value) -> bool:
        """Say whether a stored value leaves nothing of the question open."""
        return True

    def value_from_form(self, given: list[str]):
        """Return what the plain HTML form sent as a value; None clears the slot."""
        return given[0] if given else None

    def form_context(self, slot: Mapping, value) -> dict:
        """Return what the template needs to show a slot; ``value`` may be None."""
        return {}

    # --- the mark --------------------------------------------------------------

    def with_ids(self, value, accepts, secret: str):
        """Return a stored value with the ids of the paper in place of tokens."""
        return value

    def share(self, entry: Mapping, value) -> Fraction | None:
        """Return which part of the marks a value earns, from 0 to 1, exactly.

        None: a person has to mark it. ``value`` is one of ``with_ids``, but may be
        None or malformed, which earns nothing.
        """
        raise NotImplementedError

    def chosen(self, value) -> list[str]:
        """Return the ids of the options a value of ``with_ids`` chooses."""
        return []

    # --- words -----------------------------------------------------------------

    def words(self, slot: Mapping, value, *, lettered: bool = False) -> list[str]:
        """Return a value in words, for a slot as the candidate saw it.

        ``lettered`` puts before each option the letter it had on the screen.
        """
        raise NotImplementedError

    def right_words(self, slot: Mapping, entry: Mapping) -> list[str]:
        """Return the right answer in words, for a slot as it was frozen."""
        raise NotImplementedError

    # --- trying out ------------------------------------------------------------

    def right_value(self, entry: Mapping, *, secret: str):
        """Return what a phone sends that earns all marks; None where nobody knows."""
        return None

    def guess(self, slot: Mapping, rng: Random):
        """Return a well-formed value for a delivered slot, as a guesser sends it."""
        raise NotImplementedError
