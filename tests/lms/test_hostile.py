"""Requests that must be refused, each found or tried in a security review."""

import datetime as dt
import logging

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from certificates.models import CertificateKind
from certificates.register import signing
from certificates.services import issue_certificate
from lms.access.groups import BASE, EDITOR, OFFICER
from lms.access.levels import Access
from lms.jobs.models import Job
from lms.jobs.runner import run_due
from lms.people.models import Organisation, Town, User
from lms.people.services.accounts import AccountClosed, issue_activation_code
from lms.web.logs import MaskPersonalNumbers
from tests.exams.phone import Phone
from tests.factories.pages import ColumnFactory, make_home
from tests.factories.people import OrganisationFactory, PersonFactory, StaffFactory
from tests.factories.proofs import earn
from tests.factories.sittings import make_sitting
from tests.lms.evidence_models import EVIDENCE

pytestmark = pytest.mark.django_db

SHEET = "统一社会信用代码,单位名称,镇街\n91440899DEM000014M,示例冷冻厂,博铺街道\n"


def staff(group, **fields):
    user = StaffFactory(**fields)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def proof(settings, tmp_path):
    settings.SIGNING_KEYS_DIR = tmp_path
    signing.make_key(today=dt.date(2026, 1, 1))
    kind = CertificateKind.objects.get(code="TRAINING_PROOF")
    return issue_certificate(earn(months=36), kind=kind)


@pytest.mark.parametrize(
    "address",
    [
        "/_util/login/",
        "/accounts/signup/",
        "/accounts/email/",
        "/accounts/confirm-email/",
        "/accounts/password/reset/",
        "/accounts/password/reset/key/1-abc/",
        "/accounts/password/set/",
        "/accounts/login/code/confirm/",
        "/admin/password_reset/",
        "/admin/password_reset/confirm/MQ/abc/",
        "/admin/failwhale/",
        "/admin/users/new/",
        "/admin/bulk/people/person/delete/",
    ],
)
@pytest.mark.parametrize("who", ["nobody", "administrator"])
def test_urls_of_libraries_that_this_site_does_not_use(client, address, who):
    if who == "administrator":
        client.force_login(StaffFactory(is_superuser=True, access=Access.CITY))

    assert client.get(address).status_code == 404
    assert client.post(address, {"username": "a", "password": "b"}).status_code == 404


@pytest.mark.parametrize("report", ["site-history", "locked", "workflow"])
def test_reports_cross_every_scope_and_are_for_superusers(client, report):
    client.force_login(staff(BASE, access=Access.CITY))
    refused = client.get(f"/admin/reports/{report}/")
    client.force_login(StaffFactory(is_superuser=True))
    shown = client.get(f"/admin/reports/{report}/")

    assert (refused.status_code, shown.status_code) == (404, 200)


@pytest.mark.parametrize("key", ["", "abc", "1" * 24, "%00", "-1", "1&childOf=x"])
@pytest.mark.parametrize(
    "view",
    [
        "bulk/wagtailcore/page/delete",
        "bulk/wagtailimages/image/add_tags",
        "bulk/wagtaildocs/document/delete",
        "choose-page/chosen-multiple",
        "images/chooser/chosen-multiple",
        "documents/chooser/chosen-multiple",
    ],
)
def test_a_key_that_is_none_is_not_there(client, view, key):
    client.force_login(StaffFactory(is_superuser=True, access=Access.CITY))

    assert client.get(f"/admin/{view}/?id={key}").status_code == 404


@pytest.mark.parametrize(
    "view",
    [
        "bulk/wagtailcore/page/delete/?id={page}",
        "bulk/wagtailcore/page/publish/?id={page}",
        "choose-page/chosen-multiple/?id={page}",
        "choose-page/",
    ],
)
def test_drafts_are_named_only_to_those_who_work_on_pages(client, view):
    draft = make_home().add_child(instance=ColumnFactory(title="机密", live=False))
    address = "/admin/" + view.format(page=draft.pk)
    client.force_login(staff(OFFICER, access=Access.CITY))
    refused = client.get(address)
    client.force_login(staff(EDITOR, access=Access.CITY))
    shown = client.get(address)

    assert (refused.status_code, shown.status_code) == (404, 200)


def test_the_one_sign_in_refuses_a_password_of_a_megabyte(client):
    StaffFactory(username="wang")

    response = client.post(
        "/accounts/login/", {"login": "wang", "password": "x" * 1_000_000}
    )

    assert response.status_code == 200
    assert "password" in response.context["form"].errors


def test_sign_in_answers_alike_for_known_and_unknown_names(client):
    StaffFactory(username="wang")

    known, unknown = (
        client.post("/accounts/login/", {"login": name, "password": "wrong-one"})
        for name in ("wang", "nobody")
    )

    errors = known.context["form"].errors.as_json()
    assert errors == unknown.context["form"].errors.as_json()


def test_papers_of_others_ask_for_the_second_factor_too(client, settings, proof):
    settings.STAFF_MFA_REQUIRED = True
    client.force_login(staff(BASE, access=Access.CITY))

    response = client.get(f"/certificates/{proof.uuid}/pdf")

    assert response.headers["Location"] == reverse("mfa_activate_totp")


def test_a_slip_never_opens_an_account_of_the_back_office():
    editor = staff(EDITOR, person=PersonFactory(), access=Access.SELF)

    with pytest.raises(AccountClosed):
        issue_activation_code(editor.person, actor=StaffFactory())


def test_town_officer_puts_no_organisation_into_another_town(client):
    own, other = Town.objects.order_by("code")[:2]
    client.force_login(staff(OFFICER, access=Access.TOWN, town=own))
    mine = OrganisationFactory(town=own)
    facts = {"name": "甲", "kind": "ENTERPRISE", "high_hazard": "no"}

    added = client.post(
        "/admin/snippets/people/organisation/add/",
        {**facts, "uscc": "91440899DEM000014M", "town": other.pk},
    )
    moved = client.post(
        f"/admin/snippets/people/organisation/edit/{mine.pk}/",
        {**facts, "uscc": mine.uscc, "town": other.pk},
    )

    assert (added.status_code, moved.status_code) == (200, 200)
    assert "town" in added.context["form"].errors
    assert not Organisation.objects.filter(town=other).exists()


@pytest.mark.parametrize("label", EVIDENCE)
@pytest.mark.parametrize("verb", ["add", "edit", "delete"])
def test_no_evidence_has_a_form_even_for_superusers(client, label, verb):
    client.force_login(StaffFactory(is_superuser=True, access=Access.CITY))
    model = apps.get_model(label)
    base = f"/admin/snippets/{model._meta.app_label}/{model._meta.model_name}/{verb}/"

    for address in (base, f"{base}1/"):
        assert client.get(address).status_code in (302, 404)
        assert client.post(address, {}).status_code in (302, 404)


def test_a_role_taken_away_closes_the_back_office_at_once(client):
    user = staff(BASE, access=Access.CITY)
    client.force_login(user)
    listing = "/admin/snippets/people/person/"
    assert client.get(listing).status_code == 200

    user.groups.clear()

    assert client.get(listing).status_code == 403
    assert client.get("/admin/imports/").status_code == 403


def test_an_import_confirmed_before_the_role_was_taken_away_writes_nothing(client):
    user = staff(BASE, access=Access.CITY)
    client.force_login(user)
    name = "单位 440899197803120014.csv"
    file = SimpleUploadedFile(name, SHEET.encode())
    client.post("/admin/imports/", {"kind": "organisations", "file": file})
    run_due()
    check = Job.objects.get()
    address = f"/admin/imports/{check.uuid}/confirm/"
    client.post(address, {"sha256": check.payload["sha256"]})

    User.objects.filter(pk=user.pk).update(is_active=False)
    run_due()

    assert Job.objects.latest("pk").result["code"] == "not_allowed"
    assert not Organisation.objects.filter(name="示例冷冻厂").exists()
    assert "440899197803120014" not in str(check.payload)


def test_a_new_password_voids_the_seat_of_the_old_session():
    phone = Phone(make_sitting())
    phone.start()
    assert phone.save((1, "1", phone.option("1"))).status_code == 200

    phone.user.set_password("another-one-8")
    phone.user.save()

    response = phone.save((2, "1", phone.option("1", 1)))
    assert (response.status_code, response.json()["code"]) == (409, "seat_taken")


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("application/octet-stream", "/accounts/login/"),
        ("application/json", "/exams/sittings/{0}/start"),
    ],
)
def test_large_bodies_are_refused_before_they_are_read(client, kind, address):
    address = address.format("00000000-0000-4000-8000-000000000000")

    response = client.post(address, b"x" * 3_000_000, content_type=kind)

    assert response.status_code == 413


@pytest.mark.parametrize(
    "path",
    ["images/../documents/a.pdf", "images/%2e%2e/documents/a.pdf", "documents/a.pdf"],
)
def test_only_pictures_leave_the_media_folder(client, settings, path):
    folder = settings.MEDIA_ROOT / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.pdf").write_bytes(b"secret")

    assert client.get(f"/media/{path}").status_code == 404


def test_pages_of_somebody_signed_in_are_kept_by_nobody(client):
    client.force_login(StaffFactory(person=PersonFactory()))

    for address in ("/learn/", "/exams/", "/certificates/"):
        assert "no-store" in client.get(address).headers["Cache-Control"]


def test_the_last_four_cannot_be_tried_from_many_addresses(client, proof):

    codes = [
        client.post(
            f"/v/{proof.token}", {"last_four": "0000"}, REMOTE_ADDR=f"10.0.0.{n}"
        ).status_code
        for n in range(32)
    ]

    assert codes == [200] * 30 + [429] * 2


def test_what_an_error_quotes_is_masked_in_the_log():
    try:
        raise ValueError("bad row: 440899197803120014")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("lms", logging.ERROR, "", 0, "failed", (), info)

    MaskPersonalNumbers().filter(record)

    assert "440899" not in logging.Formatter().format(record)
    assert "ValueError" in record.exc_text


@pytest.mark.parametrize("address", ["/", "/verify/", "/accounts/login/", "/nowhere"])
def test_a_form_in_another_alphabet_is_refused_with_a_page(address):
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32

    response = client.post(
        address, "x=1", content_type="application/x-www-form-urlencoded; charset=utf-7"
    )

    assert response.status_code == 400
    assert "看不懂这个请求" in response.content.decode()


def test_a_host_that_is_not_ours_is_refused(client):
    response = client.get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
