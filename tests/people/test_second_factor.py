import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.urls import reverse

from lms.evidence.models import AuditEvent
from tests.factories.people import PersonFactory, StaffFactory
from tests.people.second_factor import recovery_codes, totp

pytestmark = pytest.mark.django_db
PASSWORD, WHY = "Kaihu-2026!", "手机丢失"


@pytest.fixture
def user():
    """A member of the staff with both kinds of second factor."""
    user = StaffFactory()
    user.set_password(PASSWORD)
    user.save()
    totp(user)
    recovery_codes(user)
    return user


def test_recovery_codes_are_shown_to_be_written_down(client, user):
    client.force_login(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()

    for code in (
        Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    ):
        assert code in page
    assert reverse("account_welcome") in page


@pytest.mark.parametrize(("access", "shown"), [("CITY", True), ("SELF", False)])
def test_whoever_sees_others_finds_the_second_factor(client, access, shown):
    client.force_login(StaffFactory(access=access, person=PersonFactory()))

    page = client.get(reverse("account_me")).content.decode()

    assert (reverse("mfa_index") in page) == shown


def test_a_lost_second_factor_is_reset_and_written_down(user):
    call_command("reset_second_factor", user.username, reason=WHY)

    assert not Authenticator.objects.filter(user=user).exists()
    event = AuditEvent.objects.get(action="account.reset_second_factor")
    assert (event.object_id, event.reason) == (str(user.pk), WHY)


@pytest.mark.parametrize("login", ["nobody", "without"])
def test_nothing_is_reset_where_nothing_is(login):
    StaffFactory(username="without")

    with pytest.raises(CommandError):
        call_command("reset_second_factor", login, reason=WHY)

    assert not AuditEvent.objects.exists()
