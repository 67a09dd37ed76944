"""PostgreSQL refuses to look for a NUL: none may come as far as a query."""

import pytest
from django.urls import reverse

from lms.access.levels import Access
from lms.evidence.models import AuditEvent
from tests.factories.people import PersonFactory, PostFactory, StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]

SESSION = 'sessionid="abcdefgh\\000"'


@pytest.mark.parametrize("address", ["/learn/", "/accounts/login/", "/exams/"])
def test_a_cookie_with_a_nul_is_no_cookie(client, address):
    response = client.get(address, headers={"cookie": f"language=en; {SESSION}"})

    assert response.status_code in (200, 302)


def test_the_roster_is_searched_for_the_rest(client):
    post = PostFactory()
    organisation = post.organisation
    client.force_login(
        StaffFactory(access=Access.ORGANISATION, organisation=organisation)
    )

    response = client.get("/office/roster/", {"q": f"{post.person.name}\0"})

    assert list(response.context["page"]) == [post]


def test_a_reason_with_a_nul_reveals_nothing(client, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(StaffFactory(is_superuser=True))
    person = PersonFactory()

    response = client.post(
        reverse("people_admin:reveal", args=[person.pk]),
        {"reason": "核对证书申请\0"},
    )

    assert person.id_number not in response.text
    assert response.context["error"]
    assert not AuditEvent.objects.filter(action="person.reveal_number").exists()
