"""The figures of MINI again, by plain loops over the rows of the files.

Written from R2.2, R2.7, R5.1 and R5.2 and sharing nothing with the product, so
that a mistake would have to be made twice.
"""

import datetime as dt

START, END = "2016-01-01", "2020-12-31"

HEAD, MANAGER = "主要负责人", "安全生产管理人员"
OPERATOR, STAFF = "特种作业人员", "其他从业人员"

HOURS = {
    (HEAD, "初训"): (32, 48),
    (HEAD, "再训"): (12, 16),
    (MANAGER, "初训"): (32, 48),
    (MANAGER, "再训"): (12, 16),
    (STAFF, "初训"): (24, 72),
    (STAFF, "再训"): (0, 20),
    (OPERATOR, "复审"): (8, 8),
    ("接触危害劳动者", "初训"): (8, 8),
}


def figures(mini, day):
    """Return {code: (numerator, denominator)} and the parts of IND-01."""
    rows = {name: [row for row in found if usable(row)] for name, found in mini.items()}
    day = day.isoformat()
    high = {r["统一社会信用代码"]: r["高危"] == "是" for r in rows["organisations"]}
    town = {r["统一社会信用代码"]: r["镇街"] for r in rows["organisations"]}
    done = completions(rows["training"], high)
    until = min(day, END)
    windowed = [row for row in done if START <= row["完成日期"] <= until]
    result = people(windowed, day, town)
    posts = [
        row
        for row in rows["roster"]
        if row["起始日期"] <= day and (not row["结束日期"] or row["结束日期"] >= day)
    ]
    valid = [row for row in rows["certificates"] if is_valid(row, day)]
    for letter, role in (("a", HEAD), ("b", MANAGER)):
        holders = sorted({p["证件号码"] for p in posts if p["岗位类别"] == role})
        trained = certified = 0
        for who in holders:
            mine = [p for p in posts if p["证件号码"] == who and p["岗位类别"] == role]
            strict = any(high[p["统一社会信用代码"]] for p in mine)
            if is_trained(who, role, strict, mine, windowed, done, high):
                trained += 1
            kinds = {
                row["证书类型"]
                for row in valid
                if row["证件号码"] == who and row["人员类别"] == role
            }
            if "SAFETY_COMPETENCE" in kinds or (
                not strict and "TRAINING_PROOF" in kinds
            ):
                certified += 1
        result[f"IND-03{letter}"] = (trained, len(holders))
        result[f"IND-06{letter}"] = (certified, len(holders))
    pairs = sorted(
        {(p["证件号码"], p["操作项目"]) for p in posts if p["岗位类别"] == OPERATOR}
    )
    held = {(row["证件号码"], row["操作项目"]) for row in valid if row["操作项目"]}
    learnt = {
        (row["证件号码"], row["操作项目"])
        for row in windowed
        if row["培训对象"] == OPERATOR and row["培训类别"] in ("初训", "复审", "换证")
    }
    result["IND-03c"] = (len([p for p in pairs if p in held | learnt]), len(pairs))
    result["IND-06c"] = (len([p for p in pairs if p in held]), len(pairs))
    return result


def usable(row):
    for first, last in (
        ("起始日期", "结束日期"),
        ("初领日期", "有效期起"),
        ("有效期起", "有效期止"),
    ):
        if row.get(last) and row.get(first) and row[last] < row[first]:
            return False
    return True


def completions(training, high):
    """The rows that reach their hours, counting a year's retraining together."""
    found = []
    for row in sorted(training, key=lambda row: row["完成日期"]):
        strict = high.get(row["统一社会信用代码"], False)
        key = (row["培训对象"], row["培训类别"])
        needed = HOURS.get(key, (0, 0))[strict]
        hours = float(row["学时"])
        if row["培训类别"] == "再训" and needed:
            before = [
                float(other["学时"])
                for other in training
                if other is not row
                and other["证件号码"] == row["证件号码"]
                and (other["培训对象"], other["培训类别"]) == key
                and other["完成日期"][:4] == row["完成日期"][:4]
                and other["完成日期"] <= row["完成日期"]
            ]
            if sum(before) >= needed:
                continue
            hours += sum(before)
        if hours >= needed and hours > 0:
            found.append(row)
    return found


def people(windowed, day, town):
    passed = {
        row["证件号码"]
        for row in windowed
        if row["考核结果"] == "合格" and (row["合格日期"] or row["完成日期"]) <= day
    }
    by_town = {}
    for row in windowed:
        place = town[row["统一社会信用代码"]]
        by_town.setdefault(place, set()).add(row["证件号码"])
    return {
        "IND-01": (len({row["证件号码"] for row in windowed}), None),
        "person_times": len(windowed),
        "passed_persons": len(passed),
        "towns": {place: len(found) for place, found in by_town.items()},
    }


def is_trained(who, role, strict, posts, windowed, done, high):
    def fits(row):
        return (
            row["证件号码"] == who
            and row["培训对象"] == role
            and (high[row["统一社会信用代码"]] or not strict)
        )

    firsts = [row for row in done if fits(row) and row["培训类别"] == "初训"]
    older = any(
        post["起始日期"] < START
        for post in posts
        if high[post["统一社会信用代码"]] or not strict
    )
    for row in windowed:
        if not fits(row) or row["培训类别"] == "专项":
            continue
        if row["培训类别"] != "再训" or older:
            return True
        if any(first["完成日期"] <= row["完成日期"] for first in firsts):
            return True
    return False


def is_valid(row, day):
    if row["有效期起"] > day or (row["有效期止"] and row["有效期止"] < day):
        return False
    due = row["应复审日期"]
    if not due and row["证书类型"] == "SPECIAL_OPERATION":
        start = dt.date.fromisoformat(row["有效期起"])
        due = start.replace(year=start.year + 3).isoformat()
    if not due or day <= due:
        return True
    return bool(row["复审通过日期"]) and row["复审通过日期"] <= day
