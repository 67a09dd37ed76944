from lms.backoffice.outcomes import counted_names, names_by_reason, with_others

PEOPLE = [("在班", "甲"), ("没有岗位", "乙"), ("在班", "丙")]


def test_each_reason_has_its_number_and_names_in_the_order_they_came():
    assert names_by_reason(PEOPLE) == ["在班：2 人 – 甲、丙", "没有岗位：1 人 – 乙"]
    assert names_by_reason([]) == []


def test_a_reason_without_people_has_a_number_and_no_names():
    assert counted_names("待出具", []) == "待出具：0 人"


def test_what_was_done_stands_before_the_others():
    assert with_others("完成。", PEOPLE) == (
        "完成。 其他人没有，原因：在班：2 人 – 甲、丙；没有岗位：1 人 – 乙。"
    )
    assert with_others("完成。", []) == "完成。"
