"""From what a phone sent to an answer that can be stored. Pure functions.

Rules of form (protocols 1.4): single choice and true/false take one token; multiple
choice a list of tokens, stored sorted and without repetition, an empty list being a
cleared answer; fill-in a list with one text per blank. null clears a slot.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from exams.canonical import option_token, shuffled
from exams.exceptions import AnswerRefused
from lms.canonical import canonical, sha256_hex

MAX_SEQ = 1_000_000
MAX_TEXT = 500
MAX_CLIENT_MS = 40


class SlotShape(NamedTuple):
    """What a slot accepts."""

    kind: str
    options: tuple[str, ...]
    blanks: int


class Item(NamedTuple):
    """A well-formed answer, ready to be stored."""

    seq: int
    slot: str
    value: str
    sha256: str
    client_ms: str


def shape_of(content: Mapping) -> dict[str, SlotShape]:
    """Return what each slot of a paper's content accepts."""
    return {
        slot["slot"]: SlotShape(
            slot["type"],
            tuple(option["id"] for option in slot.get("options", ())),
            slot.get("blanks", 0),
        )
        for section in content["sections"]
        for slot in section["slots"]
    }


@lru_cache(maxsize=16384)
def tokens_of(secret: str, options: tuple[str, ...]) -> dict[str, str]:
    """Return the options of a slot by their tokens in one attempt."""
    return {option_token(secret, option): option for option in options}


def deliver(content: Mapping, *, secret: str, order_seed: str) -> dict:
    """Return a paper as one candidate sees it: tokens for ids, options in his order.

    True and false keep their order: it says nothing, and eyes expect it.
    """
    sections = []
    for section in content["sections"]:
        slots = []
        for slot in section["slots"]:
            shown = dict(slot)
            if "options" in slot:
                options = slot["options"]
                if slot["type"] != "true_false":
                    options = shuffled(options, seed=order_seed, slot=slot["slot"])
                shown["options"] = [
                    {"id": option_token(secret, one["id"]), "text": one["text"]}
                    for one in options
                ]
            slots.append(shown)
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
    value = read_value(raw["value"], shape=shape[slot], secret=secret)
    text = canonical(value)
    try:
        digest = sha256_hex(f"{slot}\n{text}")
    except UnicodeEncodeError:  # half of a surrogate pair
        raise AnswerRefused("bad_value") from None
    return Item(seq, slot, text, digest, _claimed(raw.get("client_ms")))


def read_value(value, *, shape: SlotShape, secret: str):
    """Return a value in canonical form; raises ``AnswerRefused``."""
    if value is None:
        return None
    if shape.kind == "fill":
        return _texts(value, shape.blanks)
    known = tokens_of(secret, shape.options)
    if shape.kind == "multiple":
        if not isinstance(value, list) or not all(type(one) is str for one in value):
            raise AnswerRefused("bad_value")
        if not known.keys() >= set(value):
            raise AnswerRefused("unknown_option")
        return sorted(set(value)) or None
    if type(value) is not str:
        raise AnswerRefused("bad_value")
    if value not in known:
        raise AnswerRefused("unknown_option")
    return value


def option_ids(value, *, shape: SlotShape, secret: str):
    """Return a stored value with option ids in place of tokens, for marking."""
    if value is None or shape.kind == "fill":
        return value
    known = tokens_of(secret, shape.options)
    if isinstance(value, list):
        return sorted(known[token] for token in value)
    return known[value]


def _claimed(client_ms) -> str:
    """Keep what the phone says of its clock, whatever it is; it decides nothing."""
    if type(client_ms) is int:
        return str(client_ms)[:MAX_CLIENT_MS]
    if client_ms is None or isinstance(client_ms, dict | list):
        return ""
    return ascii(client_ms)[:MAX_CLIENT_MS]


def _texts(value, blanks):
    if not isinstance(value, list) or len(value) != blanks:
        raise AnswerRefused("bad_value")
    if not all(type(one) is str and "\x00" not in one for one in value):
        raise AnswerRefused("bad_value")
    if any(len(one) > MAX_TEXT for one in value):
        raise AnswerRefused("too_long")
    return value
