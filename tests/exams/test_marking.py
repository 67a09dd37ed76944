import base64
import hmac
import json
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exams.kinds.tokens import option_token
from exams.papers.marking import earned, mark, passes, rounded, sum_of

KEY = {
    "1": {"type": "single", "answer": ["1-2"], "marks": "2", "scoring": "partial"},
    "2": {
        "type": "multiple",
        "answer": ["2-1", "2-3", "2-4"],
        "marks": "2",
        "scoring": "all_or_nothing",
    },
    "3": {"type": "true_false", "answer": ["3-1"], "marks": "0.5"},
    "4": {
        "type": "fill",
        "answer": [["72", "七十二"], ["20"], ["30:2"]],
        "marks": "1",
        "scoring": "partial",
    },
    "5": {
        "type": "multiple",
        "answer": ["5-1", "5-2", "5-3"],
        "marks": "2",
        "scoring": "partial",
    },
}
RIGHT = {
    "1": "1-2",
    "2": ["2-4", "2-1", "2-3"],
    "3": "3-1",
    "4": ["七十二", " ２０ ", "30：2"],
    "5": ["5-1", "5-2", "5-3"],
}


@pytest.mark.parametrize(
    ("slot", "value", "marks"),
    [
        ("1", "1-2", 2),
        ("1", ["1-2"], 2),
        ("1", "1-1", 0),
        ("1", ["1-1", "1-2"], 0),
        ("2", ["2-1", "2-3"], 0),
        ("2", ["2-1", "2-2", "2-3", "2-4"], 0),
        ("4", ["72", "", ""], Fraction(1, 3)),
        ("4", ["72", "20", "30∶2"], 1),
        ("4", ["72。"], Fraction(1, 3)),
        ("5", ["5-1", "5-2"], Fraction(4, 3)),
        ("5", ["5-1", "5-9"], 0),
        ("5", [], 0),
    ],
    ids=[
        "right single",
        "single as list",
        "wrong single",
        "two for one",
        "incomplete all or nothing",
        "one too many",
        "one of three blanks",
        "ratio sign",
        "full stop",
        "two of three",
        "one wrong spoils",
        "nothing chosen",
    ],
)
def test_a_slot_earns_what_the_rule_says(slot, value, marks):
    assert mark(KEY, {slot: value}).score == marks


def test_all_right_earns_the_total():
    sheet = mark(KEY, RIGHT)

    assert sheet.score == sheet.total == Fraction("7.5")


def test_a_score_is_never_rounded_up_to_a_pass():
    for short in ("79.5", "79.99", "239999/3000"):
        assert not passes(Fraction(short), Decimal("80"))
    assert passes(Fraction(80), Decimal("80.00"))


@pytest.mark.parametrize(
    ("exact", "said"),
    [("80", "80"), ("176/3", "58.66"), ("239999/3000", "79.99"), ("1/3", "0.33")],
)
def test_e29_marks_are_cut_where_they_are_shown(exact, said):
    assert rounded(Fraction(exact)) == Decimal(said)


def test_e29_three_thirds_are_one():
    blanks = {"type": "fill", "answer": [["1"], ["2"], ["3"]], "scoring": "partial"}
    key = {str(n): {"type": "single", "answer": ["a"], "marks": "4"} for n in range(14)}
    key |= {f"f{n}": {**blanks, "marks": "4"} for n in range(3)}

    sheet = mark(
        key,
        {str(n): "a" for n in range(14)} | {f"f{n}": ["1", "", ""] for n in range(3)},
    )

    assert sheet.score == 60
    assert passes(sheet.score, Decimal("60"))


def test_e29_marks_of_the_first_release_keep_their_meaning():
    per_slot = {"1": "1.33", "2": {"share": "1/3", "by": "automatic"}}

    assert earned(per_slot, {"1": {"marks": "2"}, "2": {"marks": "4"}}) == {
        "1": Fraction("1.33"),
        "2": Fraction(4, 3),
    }


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.text(max_size=3), children, max_size=3)
    ),
    max_leaves=8,
)


# The machine may be busy: slowness is no failure of a pure function.
calmly = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@calmly
@given(st.dictionaries(st.sampled_from(sorted(KEY)), anything))
def test_e19_marking_never_fails_and_stays_within_the_marks(answers):
    sheet = mark(KEY, answers)

    assert 0 <= sheet.score <= sheet.total
    assert mark(KEY, answers) == sheet


@calmly
@given(st.permutations(sorted(RIGHT)), st.sets(st.sampled_from(sorted(RIGHT))))
def test_e19_marks_ignore_order_and_only_grow_with_right_answers(order, given):
    some = {slot: RIGHT[slot] for slot in order if slot in given}
    again = {slot: RIGHT[slot] for slot in reversed(order) if slot in given}

    assert mark(KEY, some) == mark(KEY, again)
    assert mark(KEY, some).score == sum(Fraction(KEY[slot]["marks"]) for slot in given)


def test_e19_marking_changes_neither_key_nor_answers():
    before = repr((KEY, RIGHT))

    mark(KEY, RIGHT)

    assert repr((KEY, RIGHT)) == before


# A node with its own hash seed and time zone, without apps, database and settings.
NODE = """
import json, sys
from exams.papers.marking import mark
from django.apps import apps
from django.conf import settings
sheet = mark(*json.load(sys.stdin))
assert not settings.configured and not apps.ready
print(json.dumps({slot: str(share) for slot, share in sheet.shares.items()}))
"""


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize("seed", ["1", "2"])
def test_e19_marking_is_the_same_on_every_node(settings, seed, zone):
    answers = {**RIGHT, "2": ["2-1", "2-3"], "5": ["5-3", "5-1"]}

    node = subprocess.run(
        [sys.executable, "-c", NODE],
        input=json.dumps([KEY, answers]),
        env={"PYTHONHASHSEED": seed, "TZ": zone},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    here = mark(KEY, answers).shares
    assert json.loads(node.stdout) == {slot: str(share) for slot, share in here.items()}


@given(st.lists(st.tuples(st.fractions(0, 1), st.fractions(0, 100)), max_size=60))
def test_e29_marks_add_up_exactly(parts):
    assert sum_of(parts) == sum((a * b for a, b in parts), Fraction(0))


@given(st.text(max_size=200).filter(str.isprintable), st.text(max_size=20))
def test_an_option_token_is_an_hmac(secret, option):
    digest = hmac.digest(secret.encode(), option.encode(), "sha256")[:12]

    assert option_token(secret, option) == base64.urlsafe_b64encode(digest).decode()
