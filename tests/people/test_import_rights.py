"""Whose rows an import takes from whom, and the trace that the others leave."""

import pytest

from lms.access.levels import Access
from lms.evidence.models import AuditEvent
from lms.people.models import Organisation, Person, Post, User
from lms.people.services.organisations import import_organisations
from lms.people.services.roster import import_roster
from tests.people.sheets import LI, OTHER, USCC, WANG, codes, organisations, roster

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def test_manager_writes_for_the_own_organisation_only(factory):
    manager = User.objects.create_user(
        "manager", access=Access.ORGANISATION, organisation=factory
    )

    report = import_roster(
        roster(
            f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,",
            f"王芳,{WANG},,{OTHER},主要负责人,,2016-05-03,",
            f"王芳,{WANG},,{USCC},监管监察人员,,2016-05-03,",
        ),
        actor=manager,
    )

    assert codes(report) == [(3, "not_your_organisation"), (4, "role_not_allowed")]
    assert Post.objects.count() == 1
    assert not Person.objects.filter(name="王芳").exists()


@pytest.mark.parametrize("kind", ["ENTERPRISE", "TRAINING", "PARTNER", "AUTHORITY"])
def test_only_an_authority_has_supervisors_whoever_writes(factory, kind):
    Organisation.objects.filter(pk=factory.pk).update(kind=kind)
    officer = User.objects.create_user(
        "officer", access=Access.TOWN, town_id=factory.town_id
    )
    sheet = roster(f"王芳,{WANG},,{USCC},监管监察人员,,2016-05-03,")

    reports = [import_roster(sheet, actor=actor) for actor in (officer, None)]

    refused = [] if kind == "AUTHORITY" else [(2, "role_not_allowed")]
    assert [codes(report) for report in reports] == [refused, refused]
    assert Post.objects.count() == (kind == "AUTHORITY")


def test_dry_run_beyond_the_scope_leaves_a_trace(factory):
    manager = User.objects.create_user(
        "manager", access=Access.ORGANISATION, organisation=factory
    )
    sheet = roster(f"王芳,{WANG},,{OTHER},主要负责人,,2016-05-03,")

    import_roster(sheet, actor=manager, dry_run=True)

    event = AuditEvent.objects.get(actor=manager)
    assert (event.actor, event.action) == (manager, "import.beyond_scope")
    assert not Person.objects.exists()


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_organisation_of_another_town_is_refused_and_leaves_a_trace(
    factory, dry_run
):
    officer = User.objects.create_user(
        "officer", access=Access.TOWN, town_id=factory.town_id
    )
    sheet = organisations(
        "TEMP-粤湛001,示例小店,黄坡镇,,,,,,",
        f"{OTHER},示例鞋厂,博铺街道,,,,,,",
        "TEMP-粤湛002,示例小店,博铺街道,,,,,,",
    )

    report = import_organisations(sheet, actor=officer, dry_run=dry_run)

    assert codes(report) == [(2, "not_your_town"), (3, "not_your_organisation")]
    assert report.created == 1
    event = AuditEvent.objects.get(action="import.beyond_scope")
    assert (event.actor, event.data["rows"]) == (officer, [2, 3])


def test_the_trace_of_a_foreign_town_alone(factory):
    officer = User.objects.create_user(
        "officer", access=Access.TOWN, town_id=factory.town_id
    )

    import_organisations(
        organisations("TEMP-粤湛001,示例小店,黄坡镇,,,,,,"), actor=officer
    )

    trace = AuditEvent.objects.get(action="import.beyond_scope")
    assert trace.data["rows"] == [2]
