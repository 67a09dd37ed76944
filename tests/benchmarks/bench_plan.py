"""P14 and P15: the plan's figures against the same aggregates written by hand."""

import datetime as dt
import time
from collections.abc import Iterator
from functools import cache

from lms.plan.indicators import INDICATORS, Dimension, Question
from lms.plan.models import Plan
from tests.benchmarks.floors import plan_sql
from tests.benchmarks.harness import Row, compare
from tests.benchmarks.plan_city import analyse, build, forget

DAY = dt.date(2019, 12, 31)
SIZES = (2_800, 28_000)
BY_ITEM_AND_TOWN = (Dimension.ITEM, Dimension.TOWN)


def rows(only: list[str]) -> Iterator[Row]:
    """Yield the rows asked for; all when ``only`` is empty."""
    wanted = {"P14", "P15"} & set(only or ("P14", "P15"))
    if not wanted:
        return
    plan_sql.index()
    sizes = {code: [] for code in wanted}
    for size in SIZES:
        forget()
        build(size)
        analyse()
        for code in wanted:
            sizes[code].append((size, _seconds(PRODUCTS[code])))
    if "P14" in wanted:
        yield _row("P14", "people trained, by town, 28,000 people", sizes["P14"])
    if "P15" in wanted:
        yield _row("P15", "certificate-holding rate, item x town", sizes["P15"])
    forget()
    plan_sql.drop()


def holding():
    return INDICATORS["IND-06c"].rates(_question(), BY_ITEM_AND_TOWN)


def holding_floor():
    rows = plan_sql.holding_by_item_and_town(DAY)
    return {(item, town): (posts, held) for item, town, posts, held in rows}


def trained():
    measures = INDICATORS["IND-01"].measure(_question(), (Dimension.TOWN,))
    return {key[0]: found.headline.numerator for key, found in measures.items()}


def trained_floor():
    rows = plan_sql.trained_by_town(_plan(), DAY)
    return {town: persons for town, persons, *_rest in rows}


PRODUCTS = {"P14": trained, "P15": holding}
FLOORS = {"P14": trained_floor, "P15": holding_floor}


def _row(code, what, sizes):
    if PRODUCTS[code]() != FLOORS[code]():
        raise AssertionError(f"{code}: the product and the floor differ")
    return compare(
        code,
        what,
        product=PRODUCTS[code],
        floor=FLOORS[code],
        gate=1.5,
        aim=1.1,
        calls=1,
        rounds=9,
        by="wall",
        sizes=sizes,
    )


def _question():
    return Question(_plan(), DAY)


@cache
def _plan():
    """The plan: a page reads it once and asks it for every figure."""
    return Plan.objects.get(code="13FYP")


def _seconds(function):
    function()
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
