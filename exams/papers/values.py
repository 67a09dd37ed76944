"""From what a phone sent to an answer that can be stored. Pure functions.

Rules of form (S1.4) are those of the question's kind (``exams.kinds``); null
clears a slot of any kind.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from exams.exceptions import AnswerRefused
from exams.kinds import QuestionKind, kind_of
from lms.evidence.canonical_json import canonical_json, sha256_hex

MAX_SEQ = 1_000_000
MAX_CLIENT_MS = 40


class SlotShape(NamedTuple):
    """The kind of a slot, and what that kind has to know to read an answer to it."""

    kind: QuestionKind
    accepts: Any


class Item(NamedTuple):
    """A well-formed answer, ready to be stored."""

    seq: int
    slot: str
    value: str
    sha256: str
    client_ms: str


def shape_of(content: Mapping) -> dict[str, SlotShape]:
    """Return what each slot of a paper's content accepts."""
    shape = {}
    for section in content["sections"]:
        for slot in section["slots"]:
            kind = kind_of(slot["type"])
            shape[slot["slot"]] = SlotShape(kind, kind.accepts(slot))
    return shape


def deliver(content: Mapping, *, secret: str, order_seed: str) -> dict:
    """Return a paper as one candidate sees it: tokens for ids, options in his order."""
    sections = []
    for section in content["sections"]:
        slots = [
            kind_of(slot["type"]).deliver(slot, secret=secret, seed=order_seed)
            for slot in section["slots"]
        ]
        sections.append({**section, "slots": slots})
    return {**content, "sections": sections}


def read_item(raw, *, shape: Mapping[str, SlotShape], secret: str) -> Item:
    """Return the item a phone sent in canonical form.

    Raises ``AnswerRefused`` with the reason: ``not_an_object``, ``bad_seq``,
    ``unknown_slot``, ``bad_value``, ``unknown_option`` or ``too_long``.
    """
    if not isinstance(raw, dict):
        raise AnswerRefused("not_an_object")
    seq, slot = raw.get("seq"), raw.get("slot")
    if type(seq) is not int or not 1 <= seq <= MAX_SEQ:
        raise AnswerRefused("bad_seq")
    if not isinstance(slot, str) or slot not in shape:
        raise AnswerRefused("unknown_slot")
    if "value" not in raw:
        raise AnswerRefused("bad_value")
    value = raw["value"]
    if value is not None:
        kind, accepts = shape[slot]
        value = kind.read(value, accepts, secret)
    text = canonical_json(value)
    try:
        digest = sha256_hex(f"{slot}\n{text}")
    except UnicodeEncodeError:  # half of a surrogate pair
        raise AnswerRefused("bad_value") from None
    return Item(seq, slot, text, digest, _claimed(raw.get("client_ms")))


def _claimed(client_ms) -> str:
    """Return the time of the phone's clock as it was sent; it decides nothing."""
    if type(client_ms) is int:
        return str(client_ms)[:MAX_CLIENT_MS]
    if client_ms is None or isinstance(client_ms, dict | list):
        return ""
    return ascii(client_ms)[:MAX_CLIENT_MS]
