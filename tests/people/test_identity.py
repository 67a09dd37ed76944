import pytest

from lms.people.identity.numbers import IdentityError, checked_name, normalise_name


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
