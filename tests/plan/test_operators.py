import pytest

from tests.plan.city import ask, certificate, enterprise, pair, person, post

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def test_a_certificate_of_another_system_fits_no_post():
    who = person()
    post(who, enterprise(), "SPECIAL_OPERATOR", code="1.2")
    certificate(
        who,
        "SPECIAL_OPERATION",
        "2016-05-01",
        "2022-05-01",
        code="1.2",
        issuing_system="CONSTRUCTION",
    )

    assert pair(ask("IND-06c", "2017-12-31").headline) == (0, 1)
    assert pair(ask("IND-03c", "2017-12-31").headline) == (0, 1)


@pytest.mark.parametrize(
    ("ends", "lapsing"),
    [
        (["2018-01-31", "2022-06-01"], 1),
        (["2022-06-01", "2018-01-31"], 1),
        (["2018-01-31", "2018-01-31"], 1),
        (["2022-06-01", "2022-06-01"], 0),
        (["2018-01-31", "2017-06-01"], 0),
    ],
    ids=["first", "second", "both", "none", "one has lapsed"],
)
def test_a_post_lapses_with_the_first_of_the_systems_it_needs(ends, lapsing):
    who = person()
    for system, end in zip(("EMERGENCY", "CONSTRUCTION"), ends, strict=True):
        held = {"code": "1.2", "issuing_system": system}
        post(who, enterprise(), "SPECIAL_OPERATOR", **held)
        certificate(who, "SPECIAL_OPERATION", "2016-06-01", end, subject=system, **held)

    found = ask("IND-06c", "2017-12-31")

    assert pair(found.variants["lapsing_60_days"]) == (lapsing, 1)


def test_a_longer_certificate_of_the_same_system_saves_a_post_from_lapsing():
    who = person()
    post(who, enterprise(), "SPECIAL_OPERATOR", code="1.2")
    for subject, end in (("one", "2018-01-31"), ("two", "2022-06-01")):
        certificate(
            who, "SPECIAL_OPERATION", "2016-06-01", end, code="1.2", subject=subject
        )

    assert pair(ask("IND-06c", "2017-12-31").variants["lapsing_60_days"]) == (0, 1)
