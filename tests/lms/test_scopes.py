"""No URL of the back office shows rows of another town."""

import datetime as dt
import io
import zipfile

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from wagtail.models import ReferenceIndex
from wagtail.permissions import policy_registry
from wagtail.snippets.models import get_snippet_models

from certificates.models import CertificateKind, DailyHead
from certificates.models.certificates import ReasonClass
from certificates.services import issue_certificate, suspend_certificate
from certificates.wagtail_hooks import waiting_certificates
from courses.models import HourEntry
from lms.access.groups import OFFICER
from lms.access.levels import Access
from lms.access.scopes import StaffQuerySet, rows_for
from lms.backoffice.policies import ScopedPolicy
from lms.campaigns.models import SearchEntry
from lms.evidence.models import AuditEvent
from lms.jobs.models import Job
from lms.jobs.runner import run_due
from lms.people.models import Organisation, Person, Town
from tests.factories.pages import ArticleFactory, ColumnFactory, make_home, publish
from tests.factories.people import (
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    StaffFactory,
)
from tests.factories.proofs import earn

pytestmark = pytest.mark.django_db

EXPORTS = ("", "?export=csv", "?export=xlsx")
REASON = "举报：替考"
OF_A_ROW = ("inspect", "edit", "history", "usage", "delete")


@pytest.fixture
def officer(client):
    """An officer of a town without anybody, allowed every kind of row there is."""
    town = Town.objects.create(code="440883999", name="无人镇")
    user = StaffFactory(access=Access.TOWN, town=town)
    user.groups.add(Group.objects.get(name=OFFICER))
    user.user_permissions.set(Permission.objects.all())
    client.force_login(user)
    return user


def text_of(response):
    body = b"".join(response) if response.streaming else response.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in book.namelist())
    return body.decode("utf-8", "ignore")


def addresses(model):
    viewset = model.snippet_viewset
    for suffix in EXPORTS:
        yield reverse(viewset.get_url_name("list")) + suffix
    chooser = viewset.chooser_viewset
    yield reverse(chooser.get_url_name("choose"))
    pk = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    yield reverse(chooser.get_url_name("chosen_multiple")) + f"?id={pk}"
    yield from addresses_of_row(model, pk)


def addresses_of_row(model, pk):
    viewset = model.snippet_viewset
    yield reverse(viewset.chooser_viewset.get_url_name("chosen"), args=[pk])
    for name in OF_A_ROW:
        if name != "inspect" or viewset.inspect_view_enabled:
            yield reverse(viewset.get_url_name(name), args=[pk])


def test_officer_of_an_empty_town_meets_nobody_of_another(client, city, officer):
    kind = CertificateKind.objects.get(code="TRAINING_PROOF")
    proof = issue_certificate(earn(months=36), kind=kind)
    actor = StaffFactory()
    suspend_certificate(
        proof, by=actor, reason=REASON, reason_class=ReasonClass.choices[0][0]
    )
    AuditEvent.objects.create(action="reveal", object_type="person", object_id="1")
    HourEntry.objects.create(
        enrolment=proof.enrolment,
        person=proof.person,
        source="ATTENDANCE",
        day=dt.date(2026, 1, 1),
        half_day="AM",
        hours=4,
        reason=REASON,
        entered_by=actor,
    )
    DailyHead.objects.create(day=dt.date(2026, 1, 1), entries=1, hash="0" * 64)
    others = {
        *Person.objects.values_list("name", flat=True),
        *Organisation.objects.values_list("name", flat=True),
        REASON,
    }
    leaks, there = {}, {}

    for model in get_snippet_models():
        assert model._default_manager.exists(), model
        for address in addresses(model):
            response = client.get(address)
            text = text_of(response)
            if found := [name for name in others if name in text]:
                leaks[address] = found[:3]
        if isinstance(model._default_manager.all(), StaffQuerySet):
            continue
        pk = model._default_manager.order_by("-pk").first().pk
        for address in addresses_of_row(model, pk):
            if (code := client.get(address).status_code) != 404:
                there[address] = code

    assert leaks == {}
    assert there == {}


def pages_of_a_row(model, pk):
    """Every address of a viewset and its chooser that takes the key of a row."""
    viewset = model.snippet_viewset
    for owner in (viewset, viewset.chooser_viewset):
        for pattern in owner.get_urlpatterns():
            if "pk" in getattr(pattern.pattern, "converters", {}):
                others = set(pattern.pattern.converters) - {"pk"}
                keys = {"pk": pk} | dict.fromkeys(others, 1)
                yield reverse(owner.get_url_name(pattern.name), kwargs=keys)
    meta = model._meta
    yield f"/admin/editing-sessions/ping/{meta.app_label}/{meta.model_name}/{pk}/1/"


def test_every_address_that_takes_a_key_is_scoped(client, city, officer):
    AuditEvent.objects.create(action="reveal", object_type="person", object_id="1")
    there, seen = {}, 0
    for model in get_snippet_models():
        row = model._default_manager.order_by("-pk").first()
        if isinstance(model._default_manager.all(), StaffQuerySet) or row is None:
            continue
        for address in pages_of_a_row(model, row.pk):
            seen += 1
            for method in (client.get, client.post):
                if (code := method(address).status_code) not in (404, 405):
                    there[address] = code

    assert seen > 80
    assert there == {}


def test_policies_judge_single_rows(officer):
    unscoped = [
        model.__name__
        for model in get_snippet_models()
        if not isinstance(policy_registry.get_by_type(model), ScopedPolicy)
    ]

    assert unscoped == []


def test_a_missing_and_a_foreign_row_are_answered_alike(client, officer):
    foreign = OrganisationFactory()
    address = "/admin/editing-sessions/ping/people/organisation/{}/1/"

    codes = [
        client.post(address.format(pk)).status_code
        for pk in (foreign.pk, foreign.pk + 999)
    ]

    assert codes == [404, 404]


def test_staff_without_pages_read_no_draft_title(client, officer):
    Group.objects.get(name=OFFICER).page_permissions.all().delete()
    column = publish(make_home(), ColumnFactory())
    page = publish(column, ArticleFactory())
    page.title = "未公布的曝光"
    page.save_revision()

    for address in (
        f"/admin/pages/{page.pk}/move/{column.pk}/confirm/",
        f"/admin/pages/{page.pk}/edit/",
        f"/admin/pages/{page.pk}/history/",
        "/admin/api/main/pages/",
        "/admin/pages/search/",
    ):
        response = client.get(address)
        assert response.status_code == 404, address
        assert "未公布" not in response.text


def test_usage_names_no_row_of_another_town(client, officer):
    person = PostFactory(organisation__town=officer.town).person
    elsewhere = PostFactory(person=person, organisation__name="别处的单位")
    for post in person.posts.all():
        ReferenceIndex.create_or_update_for_object(post)

    address = reverse(Person.snippet_viewset.get_url_name("usage"), args=[person.pk])
    text = client.get(address).content.decode()

    assert f"/edit/{person.posts.exclude(pk=elsewhere.pk).get().pk}/" in text
    assert "别处的单位" not in text
    assert f"/edit/{elsewhere.pk}/" not in text


@pytest.fixture
def mixed_class(officer):
    """A class of two people, one of them from the officer's town."""
    theirs = earn(enrolment__person=PersonFactory(name="外镇人"))
    mine = earn(
        enrolment__training_class=theirs.training_class,
        enrolment__person=PersonFactory(name="本镇人"),
        enrolment__organisation__town=officer.town,
    )
    return mine.training_class


def issue_of(training_class):
    act = training_class.snippet_viewset.get_url_name("act")
    return reverse(act, args=[training_class.pk, "issue"])


def test_issuing_a_class_reaches_and_names_nobody_of_another_town(
    client, officer, mixed_class, settings, tmp_path
):
    settings.SIGNING_KEYS_DIR = tmp_path  # no key: everybody in reach is refused

    choice = client.get("/admin/certificates/issue/").text
    asked = client.get(issue_of(mixed_class)).text
    address = client.post(issue_of(mixed_class))["Location"]
    run_due()
    told = client.get(address).text

    assert "<td>1</td>" in choice
    assert [e["code"] for e in Job.objects.get().errors] == ["no_signing_key"]
    assert all("本镇人" in text for text in (asked, told))
    assert not any("外镇人" in text for text in (asked, told))


def test_a_job_names_nobody_of_a_town_one_no_longer_sees(
    client, officer, mixed_class, settings, tmp_path
):
    settings.SIGNING_KEYS_DIR = tmp_path
    address = client.post(issue_of(mixed_class))["Location"]
    run_due()
    officer.town = Town.objects.create(code="440883998", name="另一镇")
    officer.save()

    assert "本镇人" not in client.get(address).text


def test_a_class_without_anybody_of_the_town_is_no_choice(client, officer):
    theirs = earn(enrolment__person=PersonFactory(name="外镇人")).training_class

    choice = client.get("/admin/certificates/issue/").text
    client.post(issue_of(theirs))

    assert theirs.number not in choice
    assert not Job.objects.exists()


def test_what_waits_counts_nobody_of_another_town(rf, officer):
    earn(enrolment__person=PersonFactory(name="外镇人"))
    request = rf.get("/admin/")
    request.user = officer

    assert {item.count for item in waiting_certificates(request)} == {0}


def test_a_model_that_says_nothing_is_shown_to_nobody():
    with pytest.raises(ImproperlyConfigured, match="SearchEntry"):
        rows_for(SearchEntry, StaffFactory.build())


@pytest.mark.parametrize("key", ["abc", "²", "9" * 23, ""])
def test_what_is_no_key_is_not_there(client, officer, key):
    OrganisationFactory()
    chooser = Organisation.snippet_viewset.chooser_viewset
    address = reverse(chooser.get_url_name("chosen_multiple"))

    assert client.get(address, {"id": key}).status_code == 404
    assert client.get(f"/admin/snippets/people/person/edit/{key}/").status_code == 404
    bulk = "/admin/bulk/people/person/delete/"
    assert client.get(bulk, {"id": key}).status_code == 404
