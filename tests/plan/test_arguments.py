import datetime as dt

import pytest
from django.urls import reverse_lazy

from lms.evidence.clock import SHANGHAI
from lms.people.models import User
from lms.plan.reports.arguments import BadArgument, day_from, moment_from, plan_from
from tests.plan.city import enterprise, person, post

TEN = dt.datetime(2018, 1, 10, 10, tzinfo=SHANGHAI)
LAST = dt.datetime(2018, 1, 10, 23, 59, 59, 999999, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2018-01-10", LAST),
        ("20180110", LAST),
        ("2018-01-10 10:00", TEN),
        ("2018-01-10T10:00:00+08:00", TEN),
        ("2018-01-10T02:00Z", TEN),
    ],
)
def test_a_day_alone_means_its_end_and_a_moment_itself(text, moment):
    assert moment_from(text) == moment


@pytest.mark.parametrize("read", [day_from, moment_from])
@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2018-02-30", "0001-01-01", "9999-12-31", "2018-01-10T25:00"],
)
def test_what_is_no_day_or_moment_is_refused(read, text):
    with pytest.raises(BadArgument):
        read(text)


@pytest.mark.django_db
@pytest.mark.services
@pytest.mark.parametrize("code", ["", "NOPE", "13FYP\0", "\0", "１３FYP", "9" * 5000])
def test_no_plan_has_an_odd_code(code):
    with pytest.raises(BadArgument):
        plan_from(code)


ODD = [
    "",
    "%00",
    "13FYP%00",
    "2017-12-31%00",
    "%FF%ED%A0%80",  # no UTF-8
    "%D9%A3",  # an Arabic digit
    "%C2%B2",  # a superscript digit
    "9" * 5000,
    "-99999999999999999999",
    "2017-W52-7",
    "0001-01-01",
    "2099-12-31",
]
# Every odd text for every key; a plan not found keeps the day from being read.
TURNED = zip(ODD, ODD[1:] + ODD[:1], ODD[2:] + ODD[:2], ODD[3:] + ODD[:3], strict=True)
QUERIES = [
    *(f"plan={text}" for text in ODD),
    *("as_of={}&town={}&show={}&page={}".format(*texts) for texts in TURNED),
    "plan[]=a&plan=13FYP&plan=%00",
    "town[]=a&town=%00&show=all&show=%00&export=xlsx&export=%00",
]
PAGES = {
    "visitor": reverse_lazy("plan:progress"),
    "ORGANISATION": reverse_lazy("plan_office:members", args=["IND-06c"]),
    "CITY": reverse_lazy("plan_admin:dashboard"),
}


@pytest.mark.django_db
@pytest.mark.services
@pytest.mark.parametrize("who", PAGES)
def test_no_address_breaks_a_page(client, who):
    works = enterprise()
    post(person(), works, "PRINCIPAL")
    if who != "visitor":
        account = User.objects.create_user(
            "name", access=who, is_superuser=who == "CITY", organisation=works
        )
        client.force_login(account)
    client.raise_request_exception = False

    broken = [
        query
        for query in QUERIES
        if client.get(f"{PAGES[who]}?{query}").status_code != 200
    ]

    assert broken == []
