"""Fixture MINI: loaded by the commands, compared with the table and with loops."""

import pytest
from django.db import transaction

from lms.plan.indicators import Dimension
from lms.plan.models import Plan
from lms.plan.reports.report import build_report
from tests.plan import mini, naive
from tests.plan.city import day

pytestmark = [pytest.mark.django_db, pytest.mark.services]

DAYS = ("2017-12-31", "2020-12-31")

TABLE = {
    "2017-12-31": {
        "IND-01": (9, None),
        "person_times": 11,
        "passed_persons": 9,
        "towns": {"博铺街道": 5, "塘㙍镇": 2, "黄坡镇": 2},
        "IND-03a": (2, 3),
        "IND-03b": (2, 3),
        "IND-03c": (2, 2),
        "IND-06a": (2, 3),
        "IND-06b": (1, 3),
        "IND-06c": (2, 2),
    },
    "2020-12-31": {
        "IND-01": (12, None),
        "person_times": 21,
        "passed_persons": 11,
        "towns": {"博铺街道": 5, "塘㙍镇": 5, "黄坡镇": 2},
        "IND-03a": (2, 3),
        "IND-03b": (2, 3),
        "IND-03c": (2, 2),
        "IND-06a": (1, 3),
        "IND-06b": (1, 3),
        "IND-06c": (1, 2),
    },
}


class Undo(Exception):
    pass


def measured(on):
    """Return the product's figures in the shape of the table."""
    report = build_report(
        Plan.objects.get(code="13FYP"), day=day(on), by=Dimension.TOWN
    )
    found = {}
    for line in report.lines:
        if line.code not in ("IND-02", "IND-03"):
            found[line.code] = (line.figure.numerator, line.figure.denominator)
    trained = report["IND-01"]
    found["person_times"] = trained.measure.variants["person_times"].numerator
    found["passed_persons"] = trained.measure.variants["passed_persons"].numerator
    found["towns"] = {
        row.name: row.measure.headline.numerator
        for row in trained.rows
        if row.measure.headline.numerator
    }
    return found


@pytest.mark.parametrize("on", DAYS)
def test_the_naive_loops_give_the_table_too(on):
    assert naive.figures(mini.tables(), day(on)) == TABLE[on]


@pytest.mark.parametrize(
    ("write", "suffix"), [(mini.write_csv, "csv"), (mini.write_xlsx, "xlsx")]
)
def test_mini_gives_its_table_on_both_days(tmp_path, write, suffix):
    refused = mini.load(mini.tables(), tmp_path, write, suffix)

    assert set(refused.values()) == {0}
    for on in DAYS:
        assert measured(on) == TABLE[on]


def test_mini_counts_by_year_and_who_is_up_to_date(tmp_path):
    mini.load(mini.tables(), tmp_path)
    plan = Plan.objects.get(code="13FYP")

    uniques, current = {}, {}
    for on in DAYS:
        report = build_report(plan, day=day(on), by=Dimension.YEAR)
        years = report["IND-01"].rows
        uniques[on] = [row.measure.headline.numerator for row in years]
        current[on] = report["IND-03a"].measure.variants["current"].numerator

    assert uniques == {"2017-12-31": [7, 4], "2020-12-31": [7, 4, 3, 4, 3]}
    # P01 is on both days; P12, trained in 2016 alone, until the end of 2017.
    assert current == {"2017-12-31": 2, "2020-12-31": 1}


@pytest.mark.parametrize("who", mini.IDS)
def test_mini_without_one_person(tmp_path, who):
    tables = mini.without(mini.tables(), who)
    mini.load(tables, tmp_path)

    for on in DAYS:
        assert measured(on) == naive.figures(tables, day(on))


@pytest.mark.parametrize("on", DAYS)
def test_mini_with_each_date_carried_over_the_day(tmp_path, on):
    for label, tables in mini.moves(mini.tables(), day(on)):
        try:
            with transaction.atomic():
                refused = mini.load(tables, tmp_path)
                found = measured(on)
                raise Undo
        except Undo:
            pass
        out_of_order = {
            name: sum(not mini.in_order(row) for row in rows)
            for name, rows in tables.items()
        }
        assert refused == out_of_order, label
        assert found == naive.figures(tables, day(on)), label
