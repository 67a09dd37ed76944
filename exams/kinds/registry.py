"""The question kinds by the code that questions, papers and keys store."""

from exams.kinds.base import QuestionKind

KINDS: dict[str, QuestionKind] = {}


def register(kind: QuestionKind) -> QuestionKind:
    """Add a kind. Raises ``ValueError`` if its code is taken."""
    if kind.code in KINDS:
        raise ValueError(f"Two question kinds have the code {kind.code}.")
    KINDS[kind.code] = kind
    return kind


def kind_of(code: str) -> QuestionKind:
    """Return the kind of a code; raises ``KeyError`` for an unknown one."""
    return KINDS[code]


def all_kinds() -> list[QuestionKind]:
    """Return the kinds in the order they were registered."""
    return list(KINDS.values())


def kind_choices() -> list[tuple[str, str]]:
    """Return code and label of every kind, for a model field."""
    return [(kind.code, kind.label) for kind in all_kinds()]


def examinable_choices() -> list[tuple[str, str]]:
    """Return code and label of the kinds that a paper can ask."""
    return [(kind.code, kind.label) for kind in all_kinds() if kind.examinable]


def examinable_codes() -> list[str]:
    """Return the codes of the kinds that a paper can ask."""
    return [code for code, _label in examinable_choices()]
