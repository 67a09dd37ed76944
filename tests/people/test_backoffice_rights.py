"""Who sees and does what in the back office: by town, by role, and by nobody."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from lms.access.groups import EDITOR
from lms.evidence.models import AuditEvent
from lms.people.models import Organisation, Person, Post, User
from tests.factories.people import (
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    StaffFactory,
)
from tests.people.addresses import url

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("view", ["edit", "inspect", "history", "usage", "delete"])
def test_organisation_of_another_town_is_not_there(client, town_officer, view):
    elsewhere = OrganisationFactory()

    response = client.get(url(Organisation, view, elsewhere.pk))

    assert response.status_code == 404
    assert elsewhere.name not in response.content.decode()


@pytest.mark.parametrize("suffix", ["", "?export=csv", "?export=xlsx"])
def test_listing_and_export_hold_the_own_town_only(client, town_officer, suffix):
    own = OrganisationFactory(town=town_officer.town)
    elsewhere = OrganisationFactory(name="别处的单位")

    response = client.get(url(Organisation, "list") + suffix)

    body = b"".join(response) if response.streaming else response.content
    if suffix != "?export=xlsx":
        assert own.name in body.decode()
    assert elsewhere.name not in body.decode("utf-8", "ignore")
    assert elsewhere.uscc not in body.decode("utf-8", "ignore")


def test_chooser_offers_the_own_town_only(client, town_officer):
    own = OrganisationFactory(town=town_officer.town)
    elsewhere = OrganisationFactory(name="别处的单位")
    chooser = Organisation.snippet_viewset.chooser_viewset

    offered = client.get(reverse(chooser.get_url_name("choose"))).json()["html"]
    chosen = client.get(reverse(chooser.get_url_name("chosen"), args=[elsewhere.pk]))

    assert own.name in offered
    assert elsewhere.name not in offered
    assert chosen.status_code == 404


def test_chooser_is_closed_to_whoever_may_not_see_the_model(client):
    editor = StaffFactory()
    editor.groups.add(Group.objects.get(name=EDITOR))
    client.force_login(editor)
    chooser = Organisation.snippet_viewset.chooser_viewset

    response = client.get(reverse(chooser.get_url_name("choose")))

    assert response.status_code in (302, 403)


def test_post_form_refuses_an_organisation_of_another_town(client, town_officer):
    person = PostFactory(organisation__town=town_officer.town).person
    elsewhere = OrganisationFactory()
    data = {
        "person": person.pk,
        "organisation": elsewhere.pk,
        "role": "OTHER_STAFF",
        "issuing_system": "EMERGENCY",
        "starts_on": "2020-01-01",
    }

    response = client.post(url(Post, "add"), data)

    assert response.status_code == 200
    assert not Post.objects.filter(organisation=elsewhere).exists()


def test_nothing_is_deleted_in_bulk(client, base):
    organisation = OrganisationFactory()
    address = reverse("wagtail_bulk_action", args=["people", "organisation", "delete"])

    response = client.post(f"{address}?id={organisation.pk}")

    assert response.status_code == 404
    assert Organisation.objects.filter(pk=organisation.pk).exists()


def test_the_page_of_a_person_shows_the_posts_one_sees(client, town_officer):
    here = PostFactory(organisation__town=town_officer.town)
    elsewhere = PostFactory(person=here.person, organisation__name="别处单位")

    page = client.get(url(Person, "inspect", here.person_id)).text

    assert url(Post, "inspect", here.pk) in page
    assert url(Post, "inspect", elsewhere.pk) not in page
    assert "别处单位" not in page


def test_audit_log_is_read_only_even_for_superusers(client):
    client.force_login(StaffFactory(is_superuser=True))

    response = client.get(url(AuditEvent, "add"))

    assert response.status_code == 302
    assert client.get(url(AuditEvent, "list")).status_code == 200


def test_number_is_revealed_for_a_reason_that_is_kept(client, base):
    person = PersonFactory()
    address = reverse("people_admin:reveal", args=[person.pk])

    without = client.post(address, {"reason": " "})
    revealed = client.post(address, {"reason": "核对证书申请"})

    assert person.id_number not in without.content.decode()
    assert person.id_number in revealed.content.decode()
    event = AuditEvent.objects.get(action="person.reveal_number")
    assert (event.actor, event.object_id) == (base, str(person.pk))
    assert event.reason == "核对证书申请"
    assert person.id_number not in str(event.data)


def test_listing_shows_masked_numbers_only(client, base):
    person = PersonFactory()

    body = client.get(url(Person, "list")).content.decode()

    assert person.id_masked in body
    assert person.id_number not in body


def test_base_staff_do_not_make_accounts(client, base):
    response = client.post(url(User, "add"), {"username": "me", "access": "CITY"})

    assert response.status_code == 302
    assert not User.objects.filter(username="me").exists()


@pytest.mark.parametrize("field", ["person", "organisation"])
@pytest.mark.parametrize("choice", ["foreign", "abc", "9" * 30])
def test_a_refused_form_names_nobody_of_another_town(
    client, town_officer, field, choice
):
    own = PostFactory(organisation__town=town_officer.town)
    other = PostFactory(person__name="外镇某人", organisation__name="外镇某厂")
    data = {"person": own.person_id, "organisation": own.organisation_id}
    data[field] = getattr(other, f"{field}_id") if choice == "foreign" else choice

    for page in (url(Post, "add"), url(Post, "edit", own.pk)):
        response = client.post(page, data)

        assert response.status_code == 200
        assert "外镇" not in response.text
        assert "不能选择您管辖范围以外的单位或人员" in response.text
