"""Worked examples of R5.5 that rest on what the import makes of hours."""

import pytest

from tests.plan import mini
from tests.plan.city import ask, pair

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def imported(folder, organisations, roster, training):
    """Load a small city through the commands, as an office would."""
    tables = {"organisations": organisations, "roster": roster, "training": training}
    rows = {
        name: [dict(zip(heads.split(), line.split(), strict=True)) for line in lines]
        for name, (heads, *lines) in tables.items()
    }
    assert set(mini.load(rows, folder).values()) == {0}


PLACE = "统一社会信用代码 单位名称 镇街 高危"
HELD = "姓名 证件号码 统一社会信用代码 岗位类别 起始日期 结束日期"
TAUGHT = "姓名 证件号码 统一社会信用代码 培训对象 培训类别 学时 完成日期 考核结果"


@pytest.mark.parametrize(
    ("last", "current"),
    [("2021-01-15", 0), ("2020-12-31", 1)],
    ids=["carried into January", "within the year"],
)
def test_tc09_hours_do_not_carry_over_into_the_next_year(tmp_path, last, current):
    head = f"示例 {mini.IDS['P01']} {mini.E1} 主要负责人"
    imported(
        tmp_path,
        (PLACE, f"{mini.E1} 示例水产冷冻厂 博铺街道 否"),
        ("姓名 证件号码 统一社会信用代码 岗位类别 起始日期", f"{head} 2018-03-01"),
        (
            TAUGHT,
            f"{head} 初训 32 2018-03-10 合格",
            f"{head} 再训 12 2019-11-02 合格",
            f"{head} 再训 10 2020-07-01 合格",
            f"{head} 再训 2 {last} 合格",
        ),
    )

    found = [ask("IND-03a", on) for on in ("2020-12-31", "2021-02-01")]

    assert [pair(one.headline) for one in found] == [(1, 1), (1, 1)]
    assert [pair(one.variants["current"]) for one in found] == [(1, 1), (current, 1)]


@pytest.mark.parametrize(("hours", "trained"), [("15", 0), ("16", 1)])
def test_tc19_the_missing_sixteen_hours_complete_the_change_of_class(
    tmp_path, hours, trained
):
    manager = f"示例 {mini.IDS['P02']}"
    role = "安全生产管理人员"
    imported(
        tmp_path,
        (
            PLACE,
            f"{mini.E2} 示例塑料鞋厂 塘㙍镇 否",
            f"{mini.E3} 示例加油站 黄坡镇 是",
        ),
        (
            HELD,
            f"{manager} {mini.E2} {role} 2015-01-01 2017-12-31",
            f"{manager} {mini.E3} {role} 2018-01-01 2030-12-31",
        ),
        (
            TAUGHT,
            f"{manager} {mini.E2} {role} 初训 32 2016-05-01 合格",
            f"{manager} {mini.E3} {role} 初训 {hours} 2018-08-01 合格",
        ),
    )

    days = ("2017-12-31", "2018-06-30", "2018-12-31")

    assert [pair(ask("IND-03b", on).headline) for on in days] == [
        (1, 1),
        (0, 1),
        (trained, 1),
    ]
