import datetime as dt

import pytest

from lms.people.identity.numbers import (
    IdentityError,
    IdType,
    checked_name,
    id_check_digit,
    normalise_id,
    normalise_name,
    normalise_phone,
)

DEMO = "440899197803120014"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("王 芳", "王芳"),
        ("王\u3000芳 ", "王芳"),
        ("José  García", "José García"),
        ("Nguyễn Văn An", "Nguyễn Văn An"),
        ("John Smith", "John Smith"),
        ("阿卜杜 · 热合曼", "阿卜杜·热合曼"),
        ("李 John Smith", "李John Smith"),
        ("e\u0301 a", "é a"),
    ],
)
def test_names_are_kept_without_spaces_between_chinese_signs_only(typed, kept):
    assert normalise_name(typed) == kept


@pytest.mark.parametrize("name", ["欧阳海", "阿卜杜·热合曼", "O'Brien", "张三2", "㙍"])
def test_name_that_people_have_is_taken(name):
    assert checked_name(name) == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("李" * 61, "too_long"),
        ("", "bad_name"),
        ("12", "bad_name"),
        ("李\u202e", "bad_name"),
    ],
    ids=["long", "empty", "digits", "rtl"],
)
def test_name_that_nobody_has_is_refused(name, code):
    with pytest.raises(IdentityError) as refused:
        checked_name(name)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("11010519491231002X", "11010519491231002X"),
        (DEMO, DEMO),
        ("44089919750423007x", "44089919750423007X"),
        ("440899198802290083", "440899198802290083"),
        ("440899700101018", "44089919700101018X"),
        ("４４０８９９１９７８０３１２００１４", DEMO),
    ],
    ids=["real", "demo", "small x", "29 February", "15 digits", "full width"],
)
def test_resident_number_is_kept_in_its_eighteen_characters(typed, kept):
    today = dt.date(2026, 11, 23)

    assert normalise_id(IdType.RESIDENT, typed, today=today) == kept


@pytest.mark.parametrize(
    ("born", "today", "is_taken"),
    [
        ("20101124", "2026-11-23", False),
        ("20101123", "2026-11-23", True),
        ("20080229", "2024-02-28", False),
        ("20080229", "2024-02-29", True),
        ("19151124", "2026-11-23", True),
        ("19151123", "2026-11-23", False),
    ],
    ids=["15", "16", "15 on 28 February", "16 on 29 February", "110", "111"],
)
def test_age_is_counted_in_whole_years(born, today, is_taken):
    number = f"440899{born}001"
    number += id_check_digit(number)

    try:
        taken = normalise_id(
            IdType.RESIDENT, number, today=dt.date.fromisoformat(today)
        )
    except IdentityError as error:
        assert (error.code, is_taken) == ("bad_age", False)
    else:
        assert (taken, is_taken) == (number, True)


def test_digits_of_another_script_are_no_number():
    arabic = DEMO.translate({48 + digit: 0x660 + digit for digit in range(10)})

    with pytest.raises(IdentityError) as number:
        normalise_id(IdType.RESIDENT, arabic, today=dt.date(2026, 11, 23))
    with pytest.raises(IdentityError) as phone:
        normalise_phone("1٣900000012")

    assert (number.value.code, phone.value.code) == ("bad_length", "bad_phone")
