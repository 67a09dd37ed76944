"""The words of a question before they are a stored revision."""

from dataclasses import dataclass, field

from exams.kinds.text import plain_text


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a question: a stable code, a plain sentence, its field."""

    code: str
    message: str
    field: str = "stem"


@dataclass(frozen=True)
class QuestionDraft:
    """The words of a revision to be: options as (text, right), blanks as texts."""

    stem: str
    options: list[tuple[str, bool]] = field(default_factory=list)
    blanks: list[list[str]] = field(default_factory=list)
    explanation: str = ""
    basis: str = ""

    def cleaned(self) -> "QuestionDraft":
        """Return the same draft as plain text (B026)."""
        return QuestionDraft(
            stem=plain_text(self.stem),
            options=[(plain_text(text), bool(right)) for text, right in self.options],
            blanks=[[plain_text(text) for text in blank] for blank in self.blanks],
            explanation=plain_text(self.explanation),
            basis=plain_text(self.basis),
        )


def draft_from(revision) -> QuestionDraft:
    """Return a stored revision as the draft it was made from."""
    blanks = {}
    for answer in revision.blank_answers.all():
        blanks.setdefault(answer.blank, []).append(answer.text)
    return QuestionDraft(
        stem=revision.stem,
        options=[(option.text, option.right) for option in revision.options.all()],
        blanks=[blanks[number] for number in sorted(blanks)],
        explanation=revision.explanation,
        basis=revision.basis,
    )
