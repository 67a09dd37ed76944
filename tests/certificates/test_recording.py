"""One official certificate, written down by a person: the service and its forms."""

import datetime as dt
from dataclasses import replace

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from certificates.exceptions import (
    IssuedHere,
    NotRecordable,
    NotYourOrganisation,
    NotYourPerson,
    OnRecord,
)
from certificates.models import Certificate, CertificateEvent, CertificateKind
from certificates.models.status import Status
from certificates.services import record_certificate
from certificates.services.official_facts import OfficialFacts, facts_of
from certificates.services.recorded import COLUMNS, import_certificates
from lms.access.groups import BASE, OFFICER
from lms.access.levels import Access
from lms.evidence import clock
from lms.evidence.models import AuditEvent
from lms.people.identity.numbers import unseal
from lms.people.models import OperationItem, Person, Town, User
from lms.sheets.workbooks import read_sheet
from tests.factories.people import OrganisationFactory, PersonFactory, PostFactory
from tests.factories.proofs import issue

pytestmark = [pytest.mark.django_db, pytest.mark.services]

ID = "440899197803120014"
START = dt.date(2016, 8, 1)


@pytest.fixture
def person():
    return PersonFactory(name="李海生", number=ID)


@pytest.fixture
def staff():
    user = User.objects.create(username="base", access=Access.CITY)
    user.groups.add(Group.objects.get(name=BASE))
    return user


def operator(**changes):
    """What an operator's certificate of six years says."""
    facts = OfficialFacts(
        kind=CertificateKind.objects.get(code="SPECIAL_OPERATION"),
        item=OperationItem.objects.get(code="1.2"),
        holder_name="李海生",
        number=f"T{ID}",
        issuing_authority="湛江市应急管理局",
        first_issued_on=START,
        valid_from=START,
        valid_to=dt.date(2022, 8, 1),
    )
    return replace(facts, **changes)


def test_a_certificate_is_recorded_with_its_audit_act(person, staff):
    row = record_certificate(person, operator(), reason="核对原件", by=staff)

    assert row == Certificate.objects.get()
    assert (row.person, row.subject, row.role) == (person, "1.2", "SPECIAL_OPERATOR")
    assert row.review_due_on == dt.date(2019, 8, 1)
    assert row.number == "T440899********0014"
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("certificate.record", staff)
    assert (event.object_id, event.reason) == (str(row.pk), "核对原件")
    assert event.data["values"]["valid_from"] == "2016-08-01"
    assert ID not in str(event.data)
    assert person.name not in str(event.data)


def test_form_and_sheet_write_the_same_row(person, staff, tmp_path):
    by_hand = record_certificate(person, operator(), by=staff)
    line = f"李海生,{ID},特种作业操作证,1.2,T{ID},湛江市应急管理局"
    days = "2016-08-01,2016-08-01,2022-08-01"
    path = tmp_path / "c.csv"
    head = (
        "姓名,证件号码,证书类型,操作项目,证书编号,签发机关,初领日期,有效期起,有效期止"
    )
    path.write_text(f"{head}\n{line},{days}", encoding="utf-8")

    report = import_certificates(read_sheet(path, COLUMNS), actor=staff)

    assert (report.unchanged, report.errors) == (1, [])
    Certificate.objects.all().delete()
    report = import_certificates(read_sheet(path, COLUMNS), actor=staff)
    assert report.created == 1
    apart = {"id", "uuid", "recorded_at", "number_sealed"}
    sheet = Certificate.objects.get()
    for field in Certificate._meta.concrete_fields:
        if field.name not in apart:
            assert getattr(sheet, field.name) == getattr(by_hand, field.name), field


def test_a_repeat_changes_nothing_and_a_decision_is_an_update(person, staff):
    row = record_certificate(person, operator(), by=staff)
    record_certificate(person, operator(), by=staff)
    assert AuditEvent.objects.count() == 1

    revoked = operator(revoked_on=dt.date(2017, 1, 1))
    record_certificate(person, revoked, reason="撤销通知", by=staff)

    row.refresh_from_db()
    assert row.status_on(dt.date(2017, 1, 1)) == Status.REVOKED
    event = AuditEvent.objects.first()
    assert (event.action, event.reason) == ("certificate.change_recorded", "撤销通知")
    assert event.data["changes"]["revoked_on"] == [None, "2017-01-01"]


def test_a_newer_cycle_ends_the_older_on_its_first_day(person, staff):
    older = record_certificate(person, operator(), by=staff)
    begins = dt.date(2022, 7, 1)

    record_certificate(
        person,
        operator(valid_from=begins, valid_to=dt.date(2028, 7, 1)),
        by=staff,
    )

    older.refresh_from_db()
    assert older.replaced_on == begins


def test_what_is_on_record_tells_the_same_again(person, staff):
    row = record_certificate(person, operator(), by=staff)

    facts = facts_of(row)
    record_certificate(person, facts, by=staff)

    assert facts.number == f"T{ID}"
    assert AuditEvent.objects.count() == 1
    assert unseal(row.number_sealed, context="certificate.number") == f"T{ID}"


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"item": None}, ["item_missing"]),
        ({"valid_to": dt.date(2015, 1, 1)}, ["dates_out_of_order"]),
        ({"first_issued_on": dt.date(2017, 1, 1)}, ["dates_out_of_order"]),
        ({"suspended_to": dt.date(2017, 1, 1)}, ["dates_out_of_order"]),
        ({"number": "9" * 41}, ["too_long"]),
        (
            {"item": None, "issuing_authority": "局" * 81},
            ["item_missing", "too_long"],
        ),
    ],
)
def test_what_cannot_be_is_refused_with_every_fault(person, staff, changes, codes):
    with pytest.raises(NotRecordable) as refusal:
        record_certificate(person, operator(**changes), by=staff)

    assert [fault.code for fault in refusal.value.faults] == codes
    assert refusal.value.code == codes[0]
    assert len(refusal.value.details) == len(codes)
    assert not Certificate.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_proof_issued_here_is_not_recorded_over(staff, signing_keys):
    proof = issue()
    facts = facts_of(proof)

    with pytest.raises(IssuedHere):
        record_certificate(proof.person, facts, by=staff)

    assert Certificate.objects.count() == CertificateEvent.objects.count() == 1


def test_what_is_said_to_be_new_changes_nothing_on_record(person, staff):
    record_certificate(person, operator(revoked_on=dt.date(2017, 1, 1)), by=staff)

    with pytest.raises(OnRecord):
        record_certificate(person, operator(), is_new=True, by=staff)

    assert Certificate.objects.get().revoked_on == dt.date(2017, 1, 1)


def test_an_officer_of_one_town_records_for_its_people_and_employers_only():
    town, other = Town.objects.all()[:2]
    ours = PostFactory(organisation=OrganisationFactory(town=town))
    theirs = PostFactory(organisation=OrganisationFactory(town=other))
    officer = User.objects.create(username="o", access=Access.TOWN, town=town)

    with pytest.raises(NotYourPerson) as refusal:
        record_certificate(theirs.person, operator(), by=officer)
    assert refusal.value.code == "not_your_person"
    with pytest.raises(NotYourOrganisation) as refusal:
        record_certificate(
            ours.person, operator(organisation=theirs.organisation), by=officer
        )
    assert refusal.value.code == "not_your_organisation"
    assert not Certificate.objects.exists()
    record_certificate(
        ours.person, operator(organisation=ours.organisation), by=officer
    )
    assert Certificate.objects.get().person == ours.person


def act_on(row, name):
    viewset = type(row).snippet_viewset
    return reverse(viewset.get_url_name("act"), args=[row.pk, name])


def asked(**changes):
    return {
        "kind": CertificateKind.objects.get(code="SPECIAL_OPERATION").pk,
        "item": OperationItem.objects.get(code="1.2").pk,
        "number": f"T{ID}",
        "first_issued_on": "2016-08-01",
        "valid_from": "2016-08-01",
        "valid_to": "2022-08-01",
        "reason": "核对原件",
    } | changes


def test_staff_record_a_certificate_on_the_desk_of_a_person(client, person, staff):
    post = PostFactory(person=person)
    elsewhere = OrganisationFactory()
    client.force_login(staff)
    form = act_on(person, "record-certificate")

    page = client.get(form)
    wrong = client.post(form, asked(organisation=elsewhere.pk, item=""))
    done = client.post(form, asked(organisation=post.organisation.pk), follow=True)

    row = Certificate.objects.get()
    assert list(page.context["form"].fields["organisation"].queryset) == [
        post.organisation
    ]
    assert list(wrong.context["form"].errors) == ["organisation"]
    assert (row.organisation, row.holder_name) == (post.organisation, "李海生")
    assert "已登记：特种作业操作证" in done.text
    assert row.number in done.text
    again = client.post(form, asked())
    assert "已经登记" in again.text


def test_a_refusal_stays_on_the_page_with_each_fault(client, person, staff):
    client.force_login(staff)

    page = client.post(
        act_on(person, "record-certificate"), asked(item="", valid_to="2015-01-01")
    )

    assert "特种作业操作证必须写明操作项目" in page.text
    assert "早于" in page.text
    assert not Certificate.objects.exists()


def test_a_decision_is_recorded_beside_the_certificate_of_its_holder(
    client, person, staff
):
    row = record_certificate(person, operator(), by=staff)
    client.force_login(staff)
    form = act_on(row, "record-decision")
    desk = client.get(
        reverse(Person.snippet_viewset.get_url_name("inspect"), args=[person.pk])
    )
    assert form in desk.text

    page = client.get(form)
    known = {
        name: field.initial or page.context["form"].initial.get(name) or ""
        for name, field in page.context["form"].fields.items()
    }
    told = known | {"suspended_from": "2021-01-01", "reason": "暂扣通知"}
    client.post(form, told)

    row.refresh_from_db()
    assert row.status_on(clock.today()) == Status.SUSPENDED
    assert row.number == "T440899********0014"
    assert unseal(row.number_sealed, context="certificate.number") == f"T{ID}"
    assert ID not in page.text
    assert "date-time-chooser" in page.text
    changes = AuditEvent.objects.first().data["changes"]
    assert set(changes) == {"suspended_from", "suspended_reason"}


@pytest.mark.parametrize(
    ("before", "decision", "status"),
    [
        ({"suspended_from": "2021-01-01"}, {"suspended_from": ""}, Status.VALID),
        (
            {"suspended_from": "2021-01-01", "suspended_to": "2021-02-01"},
            {"suspended_to": ""},
            Status.SUSPENDED,
        ),
        ({"revoked_on": "2021-01-01"}, {"revoked_on": ""}, Status.VALID),
    ],
    ids=["no suspension", "suspension without end", "not revoked"],
)
def test_a_day_that_is_cleared_in_the_form_is_gone(
    client, person, staff, before, decision, status
):
    days = {name: dt.date.fromisoformat(day) for name, day in before.items()}
    row = record_certificate(person, operator(valid_to=None, **days), by=staff)
    client.force_login(staff)
    shown = {
        "first_issued_on": "2016-08-01",
        "review_passed_on": "2019-07-01",
        "review_due_on": "2019-08-01",
        "reason": "登记有误",
    }

    client.post(act_on(row, "record-decision"), shown | before | decision)

    row.refresh_from_db()
    assert row.status_on(dt.date(2021, 6, 1)) == status
    changes = AuditEvent.objects.first().data["changes"]
    assert set(decision) <= set(changes)


def test_taking_off_a_suspension_brings_back_the_one_before_it(person, staff):
    first = {"suspended_from": dt.date(2018, 1, 1), "suspended_to": dt.date(2018, 2, 1)}
    row = record_certificate(person, operator(**first), by=staff)
    again = operator(suspended_from=dt.date(2019, 1, 1))
    record_certificate(person, again, by=staff)

    record_certificate(person, operator(), by=staff)

    row.refresh_from_db()
    days = (dt.date(2018, 1, 15), dt.date(2018, 3, 1), dt.date(2019, 3, 1))
    assert [row.status_on(day) for day in days] == [
        Status.SUSPENDED,
        Status.VALID,
        Status.VALID,
    ]


def opened(client, form):
    """What a form holds when it is opened, as a browser sends it."""
    shown = client.get(form).context["form"]
    return {name: shown[name].value() or "" for name in shown.fields}


def test_a_decision_from_an_old_page_takes_nothing_back_unseen(client, person, staff):
    row = record_certificate(person, operator(), by=staff)
    client.force_login(staff)
    form = act_on(row, "record-decision")
    old, new = opened(client, f"{form}?row_version="), opened(client, form)
    client.post(form, new | {"revoked_on": "2021-05-01", "reason": "撤销决定"})

    warned = client.post(form, old | {"valid_to": "2023-08-01", "reason": "延期"})

    row.refresh_from_db()
    assert row.revoked_on == dt.date(2021, 5, 1)
    assert row.valid_to == dt.date(2022, 8, 1)
    errors = str(warned.context["form"].non_field_errors())
    assert "2021-05-01" in errors
    assert "base" in errors

    seen = {name: warned.context["form"][name].value() for name in old}
    client.post(form, seen | {"revoked_on": "2021-05-01"})
    row.refresh_from_db()
    assert (row.revoked_on, row.valid_to) == (dt.date(2021, 5, 1), dt.date(2023, 8, 1))


def test_an_issued_proof_takes_no_decision_of_an_authority(client, staff, signing_keys):
    proof = issue()
    client.force_login(staff)

    desk = reverse(
        Person.snippet_viewset.get_url_name("inspect"), args=[proof.person.pk]
    )

    refused = client.get(act_on(proof, "record-decision"), follow=True)

    assert "已经不能这样操作" in refused.text
    assert "record-decision" not in client.get(desk).text


def test_officers_are_offered_neither(client, person, staff):
    row = record_certificate(person, operator(), by=staff)
    officer = User.objects.create(username="o", access=Access.CITY)
    officer.groups.add(Group.objects.get(name=OFFICER))
    client.force_login(officer)

    for form in (act_on(person, "record-certificate"), act_on(row, "record-decision")):
        assert client.post(form, asked())["Location"] == "/admin/"

    assert Certificate.objects.count() == 1


def test_certificates_without_a_number_name_each_other_without_a_key(
    client, person, staff
):
    begins = dt.date(2022, 7, 1)
    days = {"valid_from": begins, "valid_to": dt.date(2028, 7, 1)}
    older = record_certificate(person, operator(number=""), by=staff)
    newer = record_certificate(person, operator(number="", **days), by=staff)
    client.force_login(staff)
    name = Certificate.snippet_viewset.get_url_name("inspect")

    pages = [client.get(reverse(name, args=[row.pk])).text for row in (older, newer)]
    client.force_login(User.objects.create(username="h", person=person))
    pages.append(client.get(older.get_absolute_url()).text)

    assert "已由 无编号 代替" in pages[0]
    assert "代替 无编号" in pages[1]
    assert "已由 无编号 代替" in pages[2]
    for page in pages[:2]:
        assert str(older.uuid) not in page
        assert str(newer.uuid) not in page
