"""The first exam of an account waits until somebody has confirmed whose it is."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from exams.models import Sitting
from lms.access.levels import Access
from lms.people.models import Person
from tests.exams.phone import Phone
from tests.factories.people import StaffFactory
from tests.factories.sittings import make_sitting

pytestmark = pytest.mark.django_db


def test_a_new_account_begins_once_the_proctor_has_confirmed_it(client):
    phone = Phone(make_sitting())
    person = phone.user.person
    Person.objects.filter(pk=person.pk).update(identity_checked_at=None)
    proctor = StaffFactory(access=Access.CITY)
    proctor.groups.add(Group.objects.get(name="教务"))
    client.force_login(proctor)
    desk = reverse(
        Sitting.snippet_viewset.get_url_name("inspect"), args=[phone.sitting.pk]
    )
    confirm = reverse("people_admin:identity", args=[person.pk])

    refused = phone.start()
    start_page = phone.client.get(f"/exams/sittings/{phone.sitting.uuid}/").text
    waiting = client.get(desk).text
    back = client.post(f"{confirm}?next={desk}")["Location"]
    begun = phone.start()

    assert (refused.status_code, refused.json()["code"]) == (
        409,
        "identity_not_confirmed",
    )
    assert "请带身份证件" in start_page
    assert confirm in waiting
    assert back == desk
    assert confirm not in client.get(desk).text
    assert begun.status_code == 200
