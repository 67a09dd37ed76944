"""Figures are kept between two writes and never past one."""

import datetime as dt
import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from certificates.models import Certificate, RuleSet
from courses.models import TrainingCredit
from lms.evidence.data_versions import (
    _planned,
    _standing_triggers,
    fold_versions,
    install_version_triggers,
    tables_of,
    version_of,
)
from lms.evidence.models import DataVersion
from lms.evidence.triggers import open_gate
from lms.people.models import Post
from lms.plan.indicators import Dimension, Scope
from lms.plan.models import Plan, Target
from lms.plan.reports.kept import SUBJECT, kept_report
from lms.plan.reports.report import build_report
from tests.plan.city import certificate, enterprise, person, post, training
from tests.plan.test_members import small_city

pytestmark = [pytest.mark.django_db, pytest.mark.services]

DAY = dt.date(2017, 12, 31)
TABLE = re.compile(r'(?:FROM|JOIN) "?([a-z_]+)"?')


def plan():
    return Plan.objects.get(code="13FYP")


def kept(**asked):
    report = kept_report(plan(), day=DAY, scope=Scope(), by=Dimension.TOWN, **asked)
    return report.as_json()


def counted():
    return build_report(plan(), day=DAY, scope=Scope(), by=Dimension.TOWN).as_json()


@pytest.fixture
def works():
    works, _station = small_city()
    someone = person()
    post(someone, works, "PRINCIPAL")
    training(someone, "2017-03-01", "PRINCIPAL", employer=works)
    certificate(someone, "SAFETY_COMPETENCE", "2017-03-01", role="PRINCIPAL")
    return works


def raw(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def forget_trainings():
    with open_gate(reason="retention"):
        TrainingCredit.objects.all()._raw_delete("default")


def hire_with_ignored_conflicts():
    rows = [
        Post(
            person=person(),
            organisation=enterprise(),
            role="PRINCIPAL",
            starts_on=dt.date(2016, 1, 1),
        )
    ]
    Post.objects.bulk_create(rows, ignore_conflicts=True)


WRITES = {
    "service": lambda: post(person(), enterprise(), "PRINCIPAL"),
    "ignored conflicts": hire_with_ignored_conflicts,
    "bulk update": lambda: Post.objects.update(ends_on=dt.date(2016, 6, 1)),
    "queryset delete": lambda: Certificate.objects.all().delete(),
    "raw delete of evidence": forget_trainings,
    "SQL": lambda: raw("UPDATE people_organisation SET out_of_scope_on = '2017-01-01'"),
    "target": lambda: Target.objects.filter(indicator="IND-03a").update(value=1),
    "dates of the plan": lambda: Plan.objects.update(starts_on=dt.date(2017, 6, 1)),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_kept_report_is_counted_anew_after_a_write(works, name):
    before = kept()
    assert before == counted()

    WRITES[name]()

    assert counted() != before
    assert kept() == counted()


def test_without_its_triggers_a_report_would_stay_as_it_was(works):
    """The negative control of the test above."""
    before = kept()
    on_table = ' ON "{table}"' if connection.vendor == "postgresql" else ""
    for name, table, _sql in _planned():
        raw(f'DROP TRIGGER "{name}"' + on_table.format(table=table))

    WRITES["bulk update"]()

    assert kept() == before != counted()
    install_version_triggers()
    assert kept() == counted()


def test_a_report_asked_for_again_costs_one_query_of_its_own(
    works, django_assert_num_queries
):
    one = plan()
    asked = {"day": DAY, "scope": Scope(), "by": Dimension.TOWN}
    kept_report(one, **asked)

    with django_assert_num_queries(1):
        kept_report(one, **asked)
    with CaptureQueriesContext(connection) as other_day:
        kept_report(one, **asked | {"day": DAY - dt.timedelta(days=1)})
    assert len(other_day) > 1


def test_every_table_that_a_report_reads_is_a_source(works):
    with CaptureQueriesContext(connection) as queries:
        for by in Dimension:
            build_report(plan(), day=DAY, by=by)
            build_report(plan(), day=DAY, by=by, scope=Scope(staff_of=works.pk))
    tables = {
        table for query in queries for table in TABLE.findall(query["sql"])
    } & set(connection.introspection.table_names())

    assert len(tables) > 10
    assert tables <= tables_of(SUBJECT)


def test_every_source_has_its_triggers():
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(catalogue[connection.vendor])
        laid = {row[0] for row in cursor}

    verbs = 3 if connection.vendor == "sqlite" else 1
    wanted = {name for name, _table, _sql in _planned()}
    of_plan = {name for name in wanted if name.startswith(f"version_{SUBJECT}_")}
    assert wanted <= laid
    assert len(of_plan) == len(tables_of(SUBJECT)) * verbs


def test_what_was_rolled_back_does_not_come_again(works):
    class RolledBackError(Exception):
        pass

    seen = {version_of(SUBJECT)}
    for _number in range(3):
        with pytest.raises(RolledBackError), transaction.atomic():
            RuleSet.objects.update(confirmed=True)
            seen.add(version_of(SUBJECT))
            kept()
            raise RolledBackError
    RuleSet.objects.update(confirmed=True)
    seen.add(version_of(SUBJECT))

    assert len(seen) == 5
    assert kept() == counted()


def test_folding_leaves_the_version_as_it_is_and_later_writes_count():
    for _number in range(5):
        RuleSet.objects.update(confirmed=True)
    before = version_of(SUBJECT)

    fold_versions()

    assert version_of(SUBJECT) == before
    assert DataVersion.objects.filter(subject=SUBJECT).count() == 1
    RuleSet.objects.update(confirmed=False)
    assert version_of(SUBJECT) > before


def test_what_an_earlier_release_counted_is_removed():
    DataVersion.objects.create(subject="gone", changes=5)
    table = RuleSet._meta.db_table
    body = {
        "sqlite": "BEGIN SELECT 1; END",
        "postgresql": "EXECUTE FUNCTION data_version_changes('gone')",
    }[connection.vendor]
    raw(f'CREATE TRIGGER "version_gone" AFTER INSERT ON "{table}" {body}')

    install_version_triggers()

    assert not DataVersion.objects.filter(subject="gone").exists()
    assert "version_gone" not in _standing_triggers()
    assert _standing_triggers().keys() >= {name for name, _table, _sql in _planned()}
