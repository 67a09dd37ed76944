import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import reverse

from certificates.models import Certificate, CertificateKind
from certificates.services import issue_certificate
from certificates.wagtail_hooks import certificates_running_out
from courses.models import TrainingClass
from lms.access.groups import BASE, OFFICER
from lms.evidence import clock
from lms.jobs.models import Job
from lms.jobs.runner import run_due
from lms.people.models import Town, User
from tests.factories.people import PersonFactory, PostFactory
from tests.factories.proofs import RecordedFactory, earn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]

CHOOSE = "/admin/certificates/issue/"


@pytest.fixture
def base(client):
    return sign_in(client, BASE)


def page_of(row):
    return reverse(row.snippet_viewset.get_url_name("inspect"), args=[row.pk])


def sign_in(client, group):
    user = User.objects.create(username=group, access="CITY")
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return user


@pytest.fixture
def training_class():
    """A class with one proof to issue and one name the font cannot print."""
    first = earn()
    earn(
        enrolment__training_class=first.training_class,
        enrolment__person=PersonFactory(name="李𪚥"),
    )
    return first.training_class


def act_on(training_class):
    name = TrainingClass.snippet_viewset.get_url_name("act")
    return reverse(name, args=[training_class.pk, "issue"])


def test_menu_and_today_lead_to_issuing(client, base, training_class):
    chosen = client.get(CHOOSE, {"training_class": training_class.pk})
    page = client.get(CHOOSE)

    assert chosen["Location"] == act_on(training_class)
    assert f"{page_of(training_class)}#certificates" in page.text
    assert [people for _link, people in page.context["waiting"]] == [2]
    assert CHOOSE in client.get("/admin/").text


def test_only_who_may_issue_chooses_a_class(client, training_class):
    sign_in(client, OFFICER)

    assert client.get(CHOOSE)["Location"] == "/admin/"


def test_pages_of_a_person_and_of_a_class_lead_to_what_belongs_to_them(
    client, training_class
):
    client.force_login(User.objects.create_superuser("boss", password="x"))
    enrolment = training_class.enrolments.exclude(person__name="李𪚥").get()
    row = issue_certificate(
        enrolment, kind=CertificateKind.objects.get(code="TRAINING_PROOF")
    )
    attempt = enrolment.attempts.get()

    person = client.get(page_of(enrolment.person)).text
    desk = client.get(page_of(training_class)).text

    assert all(page_of(known) in person for known in (row, enrolment, attempt))
    assert act_on(training_class) in desk
    for sitting in training_class.sittings.all():
        assert page_of(sitting) in desk


def test_certificates_are_imported_through_the_upload_page(client, base):
    head = "姓名,证件号码,证书类型,操作项目,初领日期,有效期起,有效期止"
    row = (
        "李海生,440899197803120014,特种作业操作证,1.2,2016-08-01,2022-08-01,2028-08-01"
    )
    file = SimpleUploadedFile("证书.csv", f"{head}\n{row}\n".encode())

    address = client.post("/admin/imports/", {"kind": "certificates", "file": file})[
        "Location"
    ]
    run_due()
    checked = Job.objects.get()
    assert (checked.result["created"], Certificate.objects.count()) == (1, 0)
    client.post(f"{address}confirm/", {"sha256": checked.payload["sha256"]})
    run_due()

    assert Certificate.objects.get().subject == "1.2"


def listed(client, **asked):
    listing = reverse(Certificate.snippet_viewset.get_url_name("list"))
    return set(client.get(listing, asked).context["object_list"])


@pytest.fixture
def running_out():
    """Certificates by how many days from today they are valid."""
    today = clock.today()
    rows = {}
    for days in (-1, 0, 30, 31, 90, None):
        last = None if days is None else today + dt.timedelta(days=days)
        first = today - dt.timedelta(days=900)
        rows[days] = RecordedFactory(
            valid_from=first, valid_to=last, subject="SAFETY_MANAGER"
        )
    return rows


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({"runs_out": "30"}, {0, 30}),
        ({"runs_out": "90"}, {0, 30, 31, 90}),
        ({"status": "EXPIRED"}, {-1}),
    ],
)
def test_certificates_that_run_out_are_found_by_how_soon(
    client, base, running_out, asked, days
):
    assert listed(client, **asked) == {running_out[one] for one in days}


def test_certificates_are_filtered_by_a_range_of_last_days(client, base, running_out):
    today = clock.today()
    asked = {"valid_to_from": today, "valid_to_to": today + dt.timedelta(days=31)}

    assert listed(client, **asked) == {running_out[one] for one in (0, 30, 31)}


def test_town_role_and_unit_are_asked_of_one_post_of_the_holder(
    client, base, running_out
):
    here, there = running_out[30], running_out[31]
    one, other = Town.objects.all()[:2]
    PostFactory(person=here.person, organisation__town=one)
    PostFactory(person=here.person, organisation__town=other, role="PRINCIPAL")
    works = PostFactory(person=there.person, organisation__town=other).organisation

    assert listed(client, town=one.pk, role="OTHER_STAFF") == {here}
    assert listed(client, town=one.pk, role="PRINCIPAL") == set()
    assert listed(client, unit=works.name) == {there}


def test_home_counts_what_has_lapsed_and_leads_to_exactly_those(
    client, base, running_out
):
    request = RequestFactory().get("/")
    request.user = base
    items = {item.url: item.count for item in certificates_running_out(request)}

    assert sorted(items.values()) == [0, 1, 3]
    for address, count in items.items():
        assert len(client.get(address).context["object_list"]) == count


def test_the_listing_of_certificates_shows_the_unit_of_each_holder(client, base):
    rows = RecordedFactory.create_batch(3, valid_from=clock.today())
    units = [PostFactory(person=row.person).organisation.name for row in rows]

    page = client.get(reverse(Certificate.snippet_viewset.get_url_name("list"))).text

    assert [unit for unit in units if unit not in page] == []


@pytest.mark.parametrize("carried", ["number", "serial"])
def test_a_holder_is_found_by_what_stands_on_the_certificate(
    client, base, training_class, carried
):
    enrolment = training_class.enrolments.exclude(person__name="李𪚥").get()
    row = issue_certificate(
        enrolment, kind=CertificateKind.objects.get(code="TRAINING_PROOF")
    )
    typed = f" {getattr(row, carried).lower()} "

    answer = client.post(reverse("people_admin:find"), {"words": typed})

    assert answer["Location"] == page_of(row.person)
