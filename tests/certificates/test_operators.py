"""Whom, why and which other certificate the register names with an entry."""

import json

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from certificates.models import Certificate, CertificateEvent, RegisterHead
from certificates.receivers import follow_result
from certificates.register.checker import check_register
from certificates.services import (
    cancel_certificate,
    issue_awaiting,
    reinstate_certificate,
    reissue_certificate,
    revoke_certificate,
    suspend_certificate,
)
from certificates.services.batch import ask_to_issue
from exams.models import Mark, Result
from lms.access.groups import BASE
from lms.evidence import clock
from lms.evidence.canonical_json import canonical_json, sha256_hex
from lms.evidence.triggers import open_gate
from lms.jobs.models import Job
from lms.jobs.runner import run_due
from lms.people.models import User
from tests.factories.proofs import earn, issue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]

WHY = {"reason_class": "ISSUED_IN_ERROR", "reason": "单位登记错误"}
NEW_KEYS = {"operator", "reason_sha256", "predecessor", "successor"}


@pytest.fixture
def staff():
    user = User.objects.create(username="he.xiaoming", name="何晓明", access="CITY")
    user.groups.add(Group.objects.get(name=BASE))
    return user


def said():
    """What the entries of the chain say, each beside its row, the oldest first."""
    events = CertificateEvent.objects.select_related("actor", "certificate")
    return [(event, json.loads(event.entry)) for event in events]


def tamper(sql, *values):
    with open_gate(reason="tests tamper"), connection.cursor() as cursor:
        cursor.execute(sql.format(events=CertificateEvent._meta.db_table), values)


def reissued(staff, **fields):
    old = issue(months=900, **fields)
    revoke_certificate(old, **WHY, by=staff)
    new = reissue_certificate(old, **WHY, by=staff)
    old.refresh_from_db()
    return old, new


@pytest.mark.services
def test_a_reissue_enters_operator_reason_and_both_certificates(staff):
    old, new = reissued(staff)

    issued, replaced = said()[-2:]
    for event, entry in (issued, replaced):
        assert (event.actor, event.reason) == (staff, WHY["reason"])
        assert event.reason_class == entry["reason_class"] == "ISSUED_IN_ERROR"
        assert entry["operator"] == str(staff.pk)
        assert staff.name not in event.entry
        assert WHY["reason"] not in event.entry
    assert (issued[0].certificate, issued[0].action) == (new, "issue")
    assert issued[1]["predecessor"] == str(old.uuid)
    assert (replaced[0].certificate, replaced[0].action) == (old, "replace")
    assert replaced[1]["successor"] == str(new.uuid)
    assert check_register()["ok"]


@pytest.mark.services
def test_a_reissue_keeps_the_date_of_first_issue_and_prints_both(staff):
    old, new = reissued(staff)
    revoke_certificate(new, **WHY)
    third = reissue_certificate(new, **WHY)

    assert old.first_issued_on < clock.today() == new.issued_on
    assert new.first_issued_on == third.first_issued_on == old.first_issued_on
    assert new.facts["issued_on"] == clock.today().isoformat()
    assert new.facts["first_issued_on"] == old.first_issued_on.isoformat()
    assert "first_issued_on" not in old.facts
    assert new.number.startswith(f"WC{clock.today().year}")
    assert check_register()["ok"]


def test_a_renewal_is_a_proof_of_its_own_training():
    old = issue()
    later = clock.now()

    new_enrolment = earn(enrolment__person=old.person, released_at=later)
    assert issue_awaiting() == 1

    new = new_enrolment.certificates.get()
    assert new.predecessor == old
    assert new.first_issued_on == new.issued_on == clock.day_of(later)
    classes = [event.reason_class for event, _entry in said()]
    assert classes == ["EARNED", "EARNED", "RENEWED"]
    assert {entry["operator"] for _event, entry in said()} == {""}


@pytest.mark.parametrize(
    "acts",
    [
        (suspend_certificate, reinstate_certificate),
        (revoke_certificate,),
        (cancel_certificate,),
    ],
    ids=["suspend-reinstate", "revoke", "cancel"],
)
def test_every_act_of_staff_enters_who_and_why(staff, acts):
    row = issue()

    for act in acts:
        act(row, **WHY, by=staff)

    for event, entry in said()[1:]:
        assert (event.actor, entry["operator"]) == (staff, str(staff.pk))
        assert (event.reason, entry["reason_class"]) == (
            WHY["reason"],
            WHY["reason_class"],
        )
    assert check_register()["ok"]


def test_a_batch_enters_who_asked_for_it(staff):
    enrolment = earn()
    ask_to_issue(enrolment.training_class, user=staff)

    run_due()

    [(event, entry)] = said()
    assert (event.actor, entry["operator"]) == (staff, str(staff.pk))
    assert entry["reason_class"] == "EARNED"


def test_the_database_holds_one_unfinished_job_of_a_class_and_asker(staff):
    job = ask_to_issue(earn().training_class, user=staff)

    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind=job.kind, key=job.key)

    run_due()
    Job.objects.create(kind=job.kind, key=job.key)


def test_a_suspension_after_a_regrade_enters_who_regraded_and_why(staff):
    row = issue()
    first = row.result.mark
    fail = Mark.objects.create(
        attempt=first.attempt,
        revision=2,
        score=0,
        total=first.total,
        passed=False,
        per_slot={},
        key=first.key,
        reason="答案更正",
        made_by=staff,
    )
    Result.objects.filter(pk=row.result_id).update(mark=fail, passed=False)
    row.result.refresh_from_db()

    follow_result(sender=Result, result=row.result)

    event, entry = said()[-1]
    assert (event.action, event.actor) == ("suspend", staff)
    assert (event.reason, entry["operator"]) == ("答案更正", str(staff.pk))


@pytest.mark.services
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE {events} SET actor_id = NULL WHERE position = 3",
        "UPDATE {events} SET reason = '其他原因' WHERE position = 3",
        "UPDATE {events} SET reason = '' WHERE position = 3",
        "UPDATE certificates_certificate SET predecessor_id = NULL",
        "UPDATE certificates_certificate SET uuid = '{uuid}' WHERE replaced_on IS NULL",
    ],
    ids=["operator", "reason", "no-reason", "predecessor", "successor"],
)
def test_the_checker_finds_a_changed_operator_reason_or_link(staff, sql):
    reissued(staff)
    assert check_register()["ok"]

    tamper(sql.replace("{uuid}", "0" * 32))

    assert not check_register()["ok"]


@pytest.mark.services
def test_c11_an_erased_reason_leaves_the_register_whole(staff):
    reissued(staff)

    tamper("UPDATE {events} SET reason = '', reason_salt = ''")

    assert check_register()["ok"]


@pytest.mark.services
def test_entries_of_the_first_release_verify_beside_new_ones(staff):
    old = issue()
    suspend_certificate(old, **WHY)
    previous = "0" * 64
    for event, entry in said():
        text = canonical_json({k: v for k, v in entry.items() if k not in NEW_KEYS})
        digest = sha256_hex(previous + text)
        tamper(
            "UPDATE {events} SET entry = %s, previous = %s, hash = %s, "
            "reason_salt = '', reason_class = %s WHERE position = %s",
            text,
            previous,
            digest,
            entry["reason_class"],
            event.position,
        )
        previous = digest
    RegisterHead.objects.update(hash=previous)
    assert check_register()["ok"]

    revoke_certificate(old, **WHY, by=staff)
    reissue_certificate(old, **WHY, by=staff)

    assert check_register()["ok"]


def test_desks_of_both_certificates_lead_to_each_other(client, staff):
    old, new = reissued(staff)
    client.force_login(staff)
    name = Certificate.snippet_viewset.get_url_name("inspect")
    addresses = {row: reverse(name, args=[row.pk]) for row in (old, new)}

    pages = {row: client.get(address).text for row, address in addresses.items()}

    assert f'<a href="{addresses[new]}">已由 {new.number} 代替</a>' in pages[old]
    assert f'<a href="{addresses[old]}">代替 {old.number}</a>' in pages[new]
    assert WHY["reason"] in pages[new]
    assert staff.name in pages[new]


def test_the_pages_of_the_holder_lead_to_each_other(client, staff):
    old, new = reissued(staff)
    client.force_login(User.objects.create(username="h", person=old.person))

    pages = {row: client.get(row.get_absolute_url()).text for row in (old, new)}

    assert new.get_absolute_url() in pages[old]
    assert "由新的证明代替" in pages[old]
    assert old.get_absolute_url() in pages[new]
    assert "初领日期" in pages[new]


def test_the_public_page_of_the_old_paper_says_replaced_and_no_more(client, staff):
    old, new = reissued(staff)
    lone = issue()
    revoke_certificate(lone, **WHY)

    page = client.get(reverse("certificates:verify", args=[old.token]))
    told = client.get(page.request["PATH_INFO"], HTTP_ACCEPT="application/json").json()
    other = client.get(reverse("certificates:verify", args=[lone.token])).text

    assert "作废" in page.text
    assert "由新的证明代替" in page.text
    assert (told["status"], told["replaced_on"]) == (
        "REVOKED",
        new.valid_from.isoformat(),
    )
    for secret in (new.number, new.serial, new.token, str(new.uuid), old.person.name):
        assert secret not in page.text
        assert secret not in str(told)
    for private in (WHY["reason"], staff.name, staff.username):
        assert private not in page.text
    assert "代替" not in other
