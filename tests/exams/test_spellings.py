import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exams.kinds import QuestionDraft, kind_of
from exams.kinds.spellings import (
    LIMIT,
    UNITS,
    chinese_number,
    read_number,
    spellings,
    units_of,
)
from exams.kinds.text import normalise_answer

# The machine may be busy: slowness is no failure of a pure function.
calmly = settings(deadline=None)
numbers = st.integers(0, LIMIT - 1) | st.integers(0, 120)
WIDE = str.maketrans("0123456789.%", "０１２３４５６７８９．％")


def share(stem, accepted, given):
    """Return what one text in the one blank of a frozen question earns."""
    draft = QuestionDraft(stem=stem, blanks=[accepted])
    slot, entry = kind_of("fill").freeze("1", draft, random.Random(1))
    assert slot == {"blanks": 1}
    return kind_of("fill").share(entry, [given])


@pytest.mark.parametrize("given", ["6", "六", "6年", "六年", "６ 年", "６", " 六 年。"])
@pytest.mark.parametrize("accepted", [["6", "六"], ["6"], ["六年"]])
def test_a_term_of_six_years_is_right_as_people_write_it(accepted, given):
    assert share("特种作业操作证有效期为____年。", accepted, given) == 1


@pytest.mark.parametrize("given", ["6月", "16", "六十", "年", "6年年", "-6", ""])
def test_a_term_of_another_length_stays_wrong(given):
    assert share("特种作业操作证有效期为____年。", ["6"], given) == 0


@pytest.mark.parametrize(
    ("stem", "accepted", "given"),
    [
        ("不得少于____学时，每年", "72", "七十二 学时"),
        ("应当于____小时内向", "1", "一小时"),
        ("不超过____%。", "80", "百分之八十"),
        ("不超过____%。", "80", "80％"),
        ("氧含量不低于____%", "19.5", "十九点五"),
        ("罚款____万元", "2", "两万元"),
        ("休息____个月", "2", "两"),
        ("共____人", "1200", "1,200"),
        ("共____人", "205", "二百〇五人"),
        ("期限是____。", "6年", "六年"),
        ("进入____作业前", "有限空间", "有限空间作业前"),
    ],
)
def test_usual_spellings_are_right(stem, accepted, given):
    assert share(stem, [accepted], given) == 1


@pytest.mark.parametrize(
    ("stem", "accepted", "given"),
    [
        ("电话是____。", "12350", "12,350"),
        ("期限是____。", "6年", "6"),
        ("共____0人", "1", "10"),
        ("代号____", "007", "7"),
        ("进入____的作业场所时", "车间", "车间的作业场所时"),
    ],
)
def test_another_answer_stays_wrong(stem, accepted, given):
    assert share(stem, [accepted], given) == 0


def test_the_unit_is_what_stands_right_after_the_blank():
    stem = "____ 年，____个月；____mg/m³、____machine，____。____公里____％____的安全"

    assert units_of(stem) == ["年", "个月", "mg/m3", "", "", "公里", "%", "的安全"]


@calmly
@given(numbers)
def test_a_chinese_number_reads_back(number):
    assert read_number(chinese_number(number)) == number


@calmly
@given(st.text("零〇一二两三九十百千万亿点0123456789,.", max_size=9))
def test_what_is_read_as_a_number_is_one_of_its_spellings(text):
    number = read_number(text)

    if number is not None:
        assert text.replace(",", "") in spellings(text, "年")
        assert 0 <= number < LIMIT


@calmly
@given(
    st.decimals(0, 10_000, places=2) | numbers.map(Decimal),
    st.sampled_from(UNITS),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", " ", "\u3000"]),
)
def test_width_numerals_spaces_and_the_unit_make_no_difference(
    number, unit, chinese, repeats, space
):
    plain = f"{number.normalize():f}"
    whole, _point, digits = plain.partition(".")
    text = plain.translate(WIDE)
    if chinese:
        tail = "点" + "".join(chinese_number(int(one)) for one in digits)
        text = chinese_number(int(whole)) + (tail if digits else "")
    if repeats:
        text += space + unit

    assert share(f"是____{unit}。", [plain], space + text) == 1


@calmly
@given(numbers, numbers, st.sampled_from(["", *UNITS]))
def test_no_spelling_of_a_number_is_one_of_another(one, other, unit):
    assume(one != other)

    both = [
        {normalise_answer(s) for s in spellings(str(n), unit)} for n in (one, other)
    ]

    assert not both[0] & both[1]


@calmly
@given(st.text(max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_any_stem_and_answer_accept_themselves_and_never_fail(stem, answer, given):
    accepted = share(f"____{stem.replace('_', '')}", [answer], answer)
    assert accepted == 1
    assert share(f"____{stem.replace('_', '')}", [answer], given) in (0, 1)


def test_a_key_frozen_before_there_were_spellings_is_marked_as_it_was():
    old = {"type": "fill", "answer": [["6", "六"]], "scoring": "partial"}

    assert kind_of("fill").share(old, ["6年"]) == Fraction(0)
    assert kind_of("fill").share(old, ["六"]) == Fraction(1)
