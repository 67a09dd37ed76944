"""No form of the back office fails on a key that is no key."""

import pytest
from django.db.models import ForeignKey
from django.urls import reverse
from wagtail.snippets.models import get_snippet_models

from lms.people.models import User
from tests.factories.people import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]

WITH_CHOICES = [
    model
    for model in get_snippet_models()
    if any(isinstance(field, ForeignKey) for field in model._meta.fields)
]
NO_KEYS = ["x", "1e400", "-1", "9" * 31, "²"]


@pytest.fixture
def admin(client):
    client.force_login(StaffFactory(is_superuser=True))


@pytest.mark.parametrize("model", WITH_CHOICES, ids=lambda model: model._meta.label)
@pytest.mark.parametrize("key", NO_KEYS)
def test_a_choice_that_is_no_key_is_an_error_of_its_field(client, admin, model, key):
    viewset = model.snippet_viewset
    if model is User or not viewset.permission_policy.user_has_permission(
        User.objects.get(), "add"
    ):
        return  # nobody makes one by a form, or its form sets the rest itself
    sent = {
        field.name: key for field in model._meta.fields if isinstance(field, ForeignKey)
    }

    response = client.post(reverse(viewset.get_url_name("add")), sent)

    assert response.status_code == 200
    assert response.context["form"].errors
