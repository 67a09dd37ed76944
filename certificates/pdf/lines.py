"""What the paper says, line by line; the page of a check says the same.

Labels and values are Chinese, as printed, for every reader; a reader of another
language is told beside it what a line means.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

# In the order of the paper: from the top down, from left to right.
LABELS = {
    "number": "编号",
    "name": "姓名",
    "id": "证件号码",
    "organisation": "单位",
    "town": "镇街",
    "audience": "培训对象",
    "training_class": "班次",
    "hours": "学时",
    "programme": "课程",
    "period": "培训日期",
    "validity": "有效期",
    "result": "考核结果",
    "basis": "依据",
    "issuer": "出具机构",
    "signatory": "签发人",
    "issued_on": "出具日期",
    "first_issued_on": "初领日期",
}
MEANINGS = {
    "number": _("Number"),
    "name": _("Name"),
    "id": _("Document number"),
    "organisation": _("Employer"),
    "town": _("Town or street"),
    "audience": _("For whom"),
    "training_class": _("Class"),
    "hours": _("Class hours"),
    "programme": _("Course"),
    "period": _("Training dates"),
    "validity": _("Valid to"),
    "result": _("Result"),
    "basis": _("Legal basis"),
    "issuer": _("Issuing base"),
    "signatory": _("Signatory"),
    "issued_on": _("Issued on"),
    "first_issued_on": _("First issued on"),
}
FOREVER = "长期有效"


@dataclass(frozen=True)
class Line:
    """A line of the paper; ``meaning`` is empty for who reads Chinese."""

    label: str
    value: str
    meaning: str


def printed_lines(facts: dict[str, str]) -> tuple[Line, ...]:
    """Return every line of the paper, in its order and its words."""
    values = printed_values(facts)
    return tuple(
        Line(label, values[name], "" if reads_chinese() else str(MEANINGS[name]))
        for name, label in LABELS.items()
        if values[name]
    )


def reads_chinese() -> bool:
    """Whether the reader needs nothing beside what is printed."""
    return (get_language() or "zh").startswith("zh")


def printed_values(facts: dict[str, str]) -> dict[str, str]:
    """Return the text of every line; empty where the paper leaves the line out."""
    result = facts["result"]
    if facts["score"]:
        result = f"{result}（{facts['score']} 分）"
    ends = f"至{in_words(facts['valid_to'])}" if facts["valid_to"] else FOREVER
    return {
        "number": facts["number"],
        "name": facts["name"],
        "id": facts["id"],
        "organisation": facts["organisation"] or "—",
        "town": facts["town"] or "—",
        "audience": facts["audience"],
        "training_class": facts["training_class"],
        "hours": f"{facts['hours']} 学时",
        "programme": facts["programme"],
        "period": f"{in_words(facts['from'])}至{in_words(facts['to'])}",
        "validity": ends,
        "result": result,
        "basis": facts["basis"] or "—",
        "issuer": facts["issuer"],
        "signatory": facts["signatory"],
        "issued_on": in_words(facts["issued_on"]),
        # Only on a proof that was issued again.
        "first_issued_on": in_words(facts.get("first_issued_on", "")),
    }


def in_words(iso: str) -> str:
    """Return an ISO date as the paper writes it; empty stays empty."""
    if not iso:
        return ""
    day = dt.date.fromisoformat(iso)
    return f"{day.year}年{day.month}月{day.day}日"
