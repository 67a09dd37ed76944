import json
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exams.marking import mark, passes

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
        ("1", "1-2", "2.00"),
        ("1", ["1-2"], "2.00"),
        ("1", "1-1", "0.00"),
        ("1", ["1-1", "1-2"], "0.00"),
        ("2", ["2-1", "2-3"], "0.00"),
        ("2", ["2-1", "2-2", "2-3", "2-4"], "0.00"),
        ("4", ["72", "", ""], "0.33"),
        ("4", ["72", "20", "30∶2"], "1.00"),
        ("4", ["72。"], "0.33"),
        ("5", ["5-1", "5-2"], "1.33"),
        ("5", ["5-1", "5-9"], "0.00"),
        ("5", [], "0.00"),
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
    assert mark(KEY, {slot: value}).per_slot[slot] == Decimal(marks)


def test_all_right_earns_the_total():
    sheet = mark(KEY, RIGHT)

    assert sheet.score == sheet.total == Decimal("7.5")


def test_a_score_is_never_rounded_up_to_a_pass():
    assert not passes(Decimal("79.5"), Decimal("80"))
    assert not passes(Decimal("79.99"), Decimal("80"))
    assert passes(Decimal("80.00"), Decimal("80"))


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

    assert Decimal(0) <= sheet.score <= sheet.total
    assert mark(KEY, answers) == sheet


@calmly
@given(st.permutations(sorted(RIGHT)), st.sets(st.sampled_from(sorted(RIGHT))))
def test_e19_marks_ignore_order_and_only_grow_with_right_answers(order, given):
    some = {slot: RIGHT[slot] for slot in order if slot in given}
    again = {slot: RIGHT[slot] for slot in reversed(order) if slot in given}

    assert mark(KEY, some) == mark(KEY, again)
    assert mark(KEY, some).score == sum(Decimal(KEY[slot]["marks"]) for slot in given)


def test_e19_marking_changes_neither_key_nor_answers():
    before = repr((KEY, RIGHT))

    mark(KEY, RIGHT)

    assert repr((KEY, RIGHT)) == before


# A node with its own hash seed and time zone, without Django, clock or setting.
NODE = """
import json, sys
from exams.marking import mark
sheet = mark(*json.load(sys.stdin))
assert "django" not in sys.modules
print(json.dumps({slot: str(marks) for slot, marks in sheet.per_slot.items()}))
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

    here = mark(KEY, answers).per_slot
    assert json.loads(node.stdout) == {slot: str(marks) for slot, marks in here.items()}
