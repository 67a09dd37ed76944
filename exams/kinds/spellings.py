"""The usual spellings of an answer to a blank. Pure functions.

A number is read in digits and in Chinese numerals, and the unit that stands after the
blank may be written again: ``____年`` with the answer 6 also takes 六, 6年 and 六年.
Width, case and spaces need no spelling: ``normalise_answer`` evens them out.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from exams.kinds.text import BLANK

UNIT_WORDS = """
年 个月 月 周 日 天 小时 学时 课时 分钟 分 秒 周岁 岁
万元 亿元 元 人次 人 名 次 倍 个 项 条 件 台 辆 具 层 级 类 种 位 处 点 % ‰
毫米 厘米 分米 米 千米 公里 平方米 立方米 毫克 克 千克 公斤 吨 毫升 升 度 摄氏度 °C
伏 千伏 毫安 安 欧 兆欧 瓦 千瓦 帕 千帕 兆帕 分贝
kV V mA A kPa MPa Pa kW W mg/m3 mg g kg mm cm m km mL L ppm dB lx
"""
# Longer ones first, so that 个月 is not read as 个.
UNITS = sorted(UNIT_WORDS.split(), key=len, reverse=True)
LONGEST_PHRASE = 4
PHRASE = re.compile(r"[^\W\d_]+")
LATIN = re.compile(r"[A-Za-z]")
DIGITS = re.compile(r"(0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d+))?")
NUMERALS = "零一二三四五六七八九"
NUMERAL = re.compile(rf"[{NUMERALS}〇两十百千万亿]+(?:点[{NUMERALS}〇]+)?")
VALUES = {one: value for value, one in enumerate(NUMERALS)} | {"〇": 0, "两": 2}
STEPS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
LIMIT = 10**12


def units_of(stem: str) -> list[str]:
    """Return for each blank of a stem the unit right after it, "" where none is."""
    return [unit_at_start(words) for words in BLANK.split(stem)[1:]]


def unit_at_start(words: str) -> str:
    """Return the unit that a text begins with, "" if it begins with none.

    It is a unit of the list, or else a phrase of at most four letters.
    """
    words = unicodedata.normalize("NFKC", words).lstrip()
    for unit in UNITS:
        rest = words[len(unit) :]
        if words.startswith(unit) and not (LATIN.match(unit[-1]) and LATIN.match(rest)):
            return unit
    phrase = PHRASE.match(words)
    if phrase and len(phrase[0]) <= LONGEST_PHRASE:
        return phrase[0]
    return ""


def spellings(answer: str, unit: str) -> list[str]:
    """Return the usual spellings of an answer, itself among them, the plainest first.

    ``unit`` stands after the blank. Where the answer names another unit, or where
    none stands there, the unit is part of the answer and stays in every spelling.
    """
    text = unicodedata.normalize("NFKC", answer).replace(" ", "")
    core = text.removesuffix(unit) if unit and text != unit else text
    if (number := read_number(core)) is not None:
        forms = [core, *number_forms(number, counted=bool(unit))]
    else:
        own = next((one for one in UNITS if core.endswith(one)), "")
        number = read_number(core.removesuffix(own)) if own else None
        if number is None:
            forms = [core]
        else:
            forms = [f"{one}{own}" for one in number_forms(number, counted=True)]
    if unit == "%" and number is not None:
        forms += [f"百分之{one}" for one in forms]
    if unit:
        forms += [f"{one}{unit}" for one in forms if not one.startswith("百分之")]
    return list(dict.fromkeys(forms))


def read_number(text: str) -> Decimal | None:
    """Return the number a text spells in digits or in Chinese numerals.

    None for everything else: ``007`` and 一二三 are names, not numbers.
    """
    if DIGITS.fullmatch(text):
        number = Decimal(text.replace(",", ""))
        return number if number < LIMIT else None
    if NUMERAL.fullmatch(text):
        number = _value(text)
        if text in number_forms(number, counted=True):
            return number
    return None


def number_forms(number: Decimal, *, counted: bool) -> Iterator[str]:
    """Yield the usual spellings of a number below a million million.

    ``counted``: a unit follows, so that 2 is 两 as well as 二. Without one, three
    digits and more may be a code such as 12350, which has one spelling.
    """
    whole = int(number)
    plain = f"{number.normalize():f}"
    point = plain.partition(".")[2]
    yield plain
    if whole >= 100 and not counted:
        return
    if whole >= 1_000:
        yield f"{whole:,}" + (f".{point}" if point else "")
    step = "亿" if whole >= STEPS["亿"] else "万"
    if whole and not point and whole % STEPS[step] == 0:
        yield f"{whole // STEPS[step]}{step}"
    words = chinese_number(whole)
    tail = "点" + "".join(NUMERALS[int(digit)] for digit in point) if point else ""
    yield words + tail
    if words.startswith("十"):
        yield f"一{words}{tail}"
    if "零" in words + tail:
        yield (words + tail).replace("零", "〇")
    if counted and words == "二" and not tail:
        yield "两"
    if (pairs := re.sub("(?<!十)二(?=[百千万亿])", "两", words)) != words:
        yield pairs + tail


def chinese_number(number: int) -> str:
    """Return a whole number below a million million in Chinese numerals."""
    if number < 10:
        return NUMERALS[number]
    step, size = next(one for one in reversed(STEPS.items()) if number >= one[1])
    count, rest = divmod(number, size)
    head = "" if step == "十" and count == 1 else chinese_number(count)
    if not rest:
        return f"{head}{step}"
    gap = "零" if rest < size // 10 else ""
    tail = chinese_number(rest)
    if tail.startswith("十"):
        tail = f"一{tail}"
    return f"{head}{step}{gap}{tail}"


def _value(numeral: str) -> Decimal:
    """Return what a numeral adds up to; of a wrong one it is any number."""
    words, _point, tail = numeral.partition("点")
    total = section = digit = 0
    for one in words:
        if one in VALUES:
            digit = VALUES[one]
        elif one in "十百千":
            section += (digit or 1) * STEPS[one]
            digit = 0
        elif one == "万":
            total += (section + digit) * STEPS[one]
            section = digit = 0
        else:
            total = (total + section + digit) * STEPS[one]
            section = digit = 0
    whole = min(total + section + digit, LIMIT - 1)
    return Decimal(f"{whole}." + ("".join(str(VALUES[one]) for one in tail) or "0"))
