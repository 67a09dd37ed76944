"""Organisations from a sheet: what is taken over, and what is refused row by row."""

import pytest

from lms.people.models import Headcount, Organisation, Town
from lms.people.services.organisations import import_organisations
from tests.people.sheets import OTHER, USCC, codes, organisations

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def test_organisations_are_created_with_their_facts(factory):
    assert factory.town == Town.objects.get(code="440883004")
    assert set(factory.industries.values_list("code", flat=True)) == {
        "AMMONIA",
        "CONFINED_SPACE",
    }
    assert Headcount.objects.get().staff == 86
    assert Organisation.objects.get(uscc=OTHER).town.name == "塘㙍镇"


def test_same_organisations_again_change_nothing(
    factory, django_assert_max_num_queries
):
    sheet = organisations(
        f"{USCC},示例冷冻厂,博铺街道,有限空间;涉氨制冷,否,86,2016-01-01,,"
    )

    report = import_organisations(sheet)

    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)


def test_organisation_rows_are_refused_one_by_one(factory):
    report = import_organisations(
        organisations(
            "12345,短代码,博铺,,,,,,",
            f"{USCC},示例冷冻厂,没有镇,没有行业,也许,,,,",
            f"{OTHER},示例鞋厂,塘㙍镇,,,,,2020-01-01,2019-01-01",
            f"{OTHER},示例鞋厂,塘㙍镇,,,,,,",
            "TEMP-粤湛001,示例小店,黄坡镇,,,,,,",
            "91440899DEM000014A,示例错码厂,黄坡镇,,,,,,",
        )
    )

    assert codes(report) == [
        (2, "bad_uscc"),
        (3, "unknown_value"),
        (3, "unknown_value"),
        (3, "unknown_value"),
        (4, "ends_before_start"),
        (5, "doubled_row"),
    ]
    assert [w["code"] for w in report.warnings] == ["uscc_check_digit"]
    assert (report.rows, report.created, report.rejected) == (6, 2, 4)
