"""Sheets of organisations and of their people, and the codes of refused rows."""

from lms.people.services.organisations import ORGANISATION_COLUMNS
from lms.people.services.roster import ROSTER_COLUMNS
from lms.sheets.workbooks import read_sheet

USCC = "91440899DEM000014M"
OTHER = "91440899DEM000022G"
LI = "440899197803120014"
WANG = "440899198507260025"


def organisations(*lines):
    head = (
        "统一社会信用代码,单位名称,镇街,行业,高危,申报人数,申报日期,纳入日期,退出日期"
    )
    return read_sheet("\n".join([head, *lines]).encode(), ORGANISATION_COLUMNS)


def roster(*lines):
    head = "姓名,证件号码,手机,统一社会信用代码,岗位类别,操作项目,起始日期,结束日期"
    return read_sheet("\n".join([head, *lines]).encode(), ROSTER_COLUMNS)


def codes(report):
    return [(error["row"], error["code"]) for error in report.errors]
