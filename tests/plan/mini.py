"""Fixture MINI of R5.4, as the four files an office would send."""

import copy
import csv
import datetime as dt
import json
from io import StringIO

import xlsxwriter
from django.core.management import call_command

E1, E2, E3 = "91440899DEM000313K", "91440899DEM000321E", "91440899DEM00033X6"

IDS = dict(
    zip(
        [f"P{number:02}" for number in range(1, 14)],
        [
            "440899197803120014",
            "440899198507260025",
            "440899199201050038",
            "440899196811300053",
            "440899200109180062",
            "44089919750423007X",
            "440899198802290083",
            "440899199901010096",
            "440899196306080109",
            "440899199508150121",
            "440899198001010133",
            "440899198304150141",
            "440899199007200151",
        ],
        strict=True,
    )
)

HEAD, MANAGER = "主要负责人", "安全生产管理人员"
OPERATOR, STAFF = "特种作业人员", "其他从业人员"

ORGANISATIONS = (
    "统一社会信用代码 单位名称 镇街 高危 申报人数 涉尘高毒",
    [
        (E1, "示例水产冷冻厂", "博铺街道", "否", "6", "否"),
        (E2, "示例塑料鞋厂", "塘㙍镇", "否", "8", "是"),
        (E3, "示例加油站", "黄坡镇", "是", "3", "否"),
    ],
)

ROSTER = (
    "姓名 证件号码 统一社会信用代码 岗位类别 操作项目 接触危害 起始日期 结束日期",
    [
        ("P01", E1, HEAD, "", "否", "2015-01-01", ""),
        ("P02", E1, MANAGER, "", "否", "2015-01-01", ""),
        ("P03", E1, OPERATOR, "4.1", "否", "2015-06-01", ""),
        ("P04", E1, OPERATOR, "1.2", "否", "2015-06-01", "2018-06-30"),
        ("P04", E2, OPERATOR, "1.2", "否", "2018-07-01", ""),
        ("P05", E1, STAFF, "", "否", "2017-03-01", ""),
        ("P06", E2, HEAD, "", "否", "2015-01-01", ""),
        ("P07", E2, MANAGER, "", "否", "2015-01-01", "2019-12-31"),
        ("P08", E2, MANAGER, "", "否", "2020-01-01", ""),
        ("P09", E2, STAFF, "", "是", "2015-01-01", ""),
        ("P10", E2, STAFF, "", "是", "2016-05-01", ""),
        ("P11", E2, STAFF, "", "否", "2019-02-01", ""),
        ("P12", E3, HEAD, "", "否", "2016-01-01", ""),
        ("P12", E3, MANAGER, "", "否", "2016-01-01", ""),
        ("P13", E3, STAFF, "", "否", "2016-01-01", ""),
    ],
)

TRAINING = (
    "证件号码 姓名 统一社会信用代码 培训对象 培训类别 操作项目 学时 完成日期 考核结果 "
    "合格日期",
    [
        ("P01", E1, HEAD, "初训", "", "32", "2016-06-10", "合格", ""),
        ("P01", E1, HEAD, "再训", "", "12", "2017-05-10", "合格", ""),
        ("P01", E1, HEAD, "再训", "", "12", "2018-05-10", "合格", ""),
        ("P01", E1, HEAD, "再训", "", "10", "2019-05-10", "未考", ""),
        ("P01", E1, HEAD, "再训", "", "12", "2020-05-10", "合格", ""),
        ("P02", E1, MANAGER, "初训", "", "32", "2017-04-20", "合格", "2017-05-15"),
        ("P03", E1, OPERATOR, "初训", "4.1", "100", "2016-03-20", "合格", ""),
        ("P03", E1, OPERATOR, "复审", "4.1", "8", "2019-03-30", "合格", ""),
        ("P04", E1, OPERATOR, "初训", "1.2", "100", "2016-06-20", "合格", ""),
        ("P05", E1, STAFF, "初训", "", "24", "2017-03-05", "合格", ""),
        ("P07", E2, MANAGER, "初训", "", "32", "2016-09-01", "合格", ""),
        ("P08", E2, MANAGER, "初训", "", "32", "2020-03-15", "合格", ""),
        ("P09", E2, STAFF, "再训", "", "8", "2018-04-09", "合格", ""),
        ("P09", E2, "接触危害劳动者", "初训", "", "8", "2019-01-20", "合格", ""),
        ("P10", E2, STAFF, "初训", "", "24", "2016-05-06", "合格", ""),
        ("P11", E2, STAFF, "初训", "", "24", "2019-02-08", "不合格", ""),
        ("P12", E3, HEAD, "初训", "", "48", "2016-04-02", "合格", ""),
        ("P13", E3, STAFF, "初训", "", "72", "2016-02-01", "合格", ""),
        ("P13", E3, STAFF, "再训", "", "20", "2017-06-15", "合格", ""),
        ("P13", E3, STAFF, "再训", "", "20", "2018-06-15", "合格", ""),
        ("P13", E3, STAFF, "再训", "", "20", "2019-06-15", "合格", ""),
        ("P13", E3, STAFF, "再训", "", "20", "2020-06-15", "合格", ""),
    ],
)

SPECIAL, PROOF = "SPECIAL_OPERATION", "TRAINING_PROOF"
COMPETENCE = "SAFETY_COMPETENCE"

CERTIFICATES = (
    "证件号码 姓名 证书类型 人员类别 操作项目 初领日期 有效期起 有效期止 应复审日期 "
    "复审通过日期",
    [
        ("P03", SPECIAL, "", "4.1", "2016-05-20", "2022-05-20 2019-05-20 2019-04-15"),
        ("P04", SPECIAL, "", "1.2", "2016-08-01", "2022-08-01 2019-08-01 -"),
        ("P01", PROOF, HEAD, "", "2016-06-15", "- - -"),
        ("P02", PROOF, MANAGER, "", "2017-05-20", "- - -"),
        ("P12", COMPETENCE, HEAD, "", "2016-05-01", "2019-04-30 - -"),
    ],
)

ORDER = ("organisations", "roster", "training", "certificates")


def tables():
    """Return the four tables as lists of rows, each row by its column's name."""
    roster = [(f"示例{who}", IDS[who], *rest) for who, *rest in ROSTER[1]]
    named = [(IDS[who], f"示例{who}", *rest) for who, *rest in TRAINING[1]]
    proofs = [
        (IDS[who], f"示例{who}", *what, since, since, *_dates(ends))
        for who, *what, since, ends in CERTIFICATES[1]
    ]
    found = {
        "organisations": ORGANISATIONS,
        "roster": (ROSTER[0], roster),
        "training": (TRAINING[0], named),
        "certificates": (CERTIFICATES[0], proofs),
    }
    return {
        name: [dict(zip(head.split(), row, strict=True)) for row in rows]
        for name, (head, rows) in found.items()
    }


def _dates(text):
    return ["" if date == "-" else date for date in text.split()]


def without(mini, who):
    """Return the fixture as if a person had never been."""
    return {
        name: [row for row in rows if row.get("证件号码") != IDS[who]]
        for name, rows in mini.items()
    }


def moves(mini, day):
    """Yield every way to carry one date of the fixture over the as-of day.

    A date up to the day becomes the day after it; a later one becomes the day.
    """
    after = day + dt.timedelta(days=1)
    for name, rows in mini.items():
        for number, row in enumerate(rows):
            for column, text in row.items():
                if column.endswith(("日期", "有效期起", "有效期止")) and text:
                    moved = after if dt.date.fromisoformat(text) <= day else day
                    changed = copy.deepcopy(mini)
                    changed[name][number][column] = moved.isoformat()
                    yield f"{name}-{number + 2}-{column}", changed


def in_order(row):
    """Whether a row's own dates can stand beside one another."""
    pairs = (
        ("起始日期", "结束日期"),
        ("初领日期", "有效期起"),
        ("有效期起", "有效期止"),
    )
    return all(
        not row.get(last) or row.get(first, "") <= row[last] for first, last in pairs
    )


def write_csv(path, rows):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path, rows):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for column, name in enumerate(rows[0]):
            sheet.write_string(0, column, name)
            for number, row in enumerate(rows, start=1):
                sheet.write_string(number, column, row[name])
    return path


def load(tables, folder, write=write_csv, suffix="csv"):
    """Import the files, in order; return how many rows each command refused."""
    refused = {}
    for name in filter(tables.get, ORDER):
        path = write(folder / f"{name}.{suffix}", tables[name])
        out = StringIO()
        try:
            call_command(
                f"import_{name}", path, json=True, stdout=out, stderr=StringIO()
            )
        except SystemExit as stop:
            assert stop.code == 2, out.getvalue()
        refused[name] = json.loads(out.getvalue())["rejected"]
    return refused
