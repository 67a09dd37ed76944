"""Guesses are bounded over all addresses; a neighbour locks nobody out."""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from lms.evidence.models import AuditEvent
from tests.factories.people import StaffFactory
from tests.people.second_factor import code_at, totp

pytestmark = pytest.mark.django_db
PASSWORD = "Kaihu-2026!"


@pytest.fixture
def user():
    user = StaffFactory(access="SELF")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client, user, password=PASSWORD, address="10.0.0.1"):
    """Try to sign in; return the code of the refusal, or nothing."""
    answer = client.post(
        "/accounts/login/",
        {"login": user.username, "password": password},
        REMOTE_ADDR=address,
    )
    if answer.status_code == 302:
        return ""
    return answer.context["form"].errors.as_data()["__all__"][0].code


def test_a_neighbour_behind_the_same_address_does_not_lock_the_owner_out(user):
    phone, neighbour = Client(), Client()
    assert sign_in(phone, user) == ""
    phone.post("/accounts/logout/")
    wrong = [sign_in(neighbour, user, "wrong-one") for _turn in range(20)]

    assert wrong.count("username_password_mismatch") == 5
    assert sign_in(neighbour, user) == "too_many_login_attempts"
    assert sign_in(phone, user) == ""


def test_guesses_from_many_addresses_are_bounded_and_a_known_device_goes_on(user):
    phone = Client()
    sign_in(phone, user)
    phone.post("/accounts/logout/")
    errors = [
        sign_in(Client(), user, "wrong-one", address=f"10.0.{n}.{last}")
        for n in range(20)
        for last in (1, 2)
    ]

    assert errors.count("username_password_mismatch") == 30
    assert sign_in(Client(), user, address="10.9.9.9") == "too_many_login_attempts"
    assert sign_in(phone, user, address="10.9.9.9") == ""


def test_one_address_cannot_use_up_what_an_account_may_be_guessed(user, monkeypatch):
    from lms.people.accounts import password_limits as limits

    for narrow, wide in zip(limits.AT_ADDRESS[1:], limits.ANYWHERE, strict=True):
        assert narrow.seconds == wide.seconds
        assert 2 * narrow.amount <= wide.amount


def test_right_passwords_count_for_nothing(user):
    for _turn in range(12):
        assert sign_in(Client(), user) == ""


def test_a_device_cookie_is_signed_and_of_one_account(user):
    other = StaffFactory(access="SELF")
    phone = Client()
    sign_in(phone, user)
    phone.post("/accounts/logout/")

    cookie = phone.cookies["known_device"]
    for _turn in range(5):
        sign_in(phone, other, "wrong-one")

    assert cookie["httponly"]
    assert cookie["path"] == "/accounts/"
    assert sign_in(phone, other, "wrong-one") == "too_many_login_attempts"
    assert sign_in(phone, user) == ""
    phone.post("/accounts/logout/")
    phone.cookies["known_device"] = cookie.value[:-1] + "x"
    assert sign_in(phone, other, "wrong-one") == "too_many_login_attempts"


def test_the_own_password_is_guessed_five_times_a_minute_on_every_page(client, base):
    base.set_password(PASSWORD)
    base.save()
    client.force_login(base)

    def refusal(old):
        answer = client.post(
            reverse("wagtailadmin_account"),
            {
                "password-old_password": old,
                "password-new_password1": "Xinmima-2026!",
                "password-new_password2": "Xinmima-2026!",
                "locale-preferred_language": "zh-hans",
                "locale-current_time_zone": "Asia/Shanghai",
                "theme-theme": "system",
                "theme-contrast": "system",
                "theme-density": "default",
                "theme-keyboard_shortcuts": "on",
            },
        )
        return "错误次数太多" in answer.text if answer.status_code == 200 else "changed"

    answers = [refusal("wrong-one") for _turn in range(7)]
    shared = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "X-2026!aa", "password2": "X-2026!aa"},
    )

    assert answers == [False] * 5 + [True] * 2
    assert "错误次数太多" in shared.text
    cache.clear()
    assert refusal(PASSWORD) == "changed"
    assert AuditEvent.objects.filter(action="account.change_password").count() == 1


def test_a_code_of_the_step_before_is_right_and_none_is_taken_twice(user):
    secret = totp(user)
    step = int(time.time()) // 30

    def second_factor(code):
        phone = Client()
        sign_in(phone, user)
        answer = phone.post(reverse("mfa_authenticate"), {"code": code})
        return answer.status_code == 302

    before = code_at(secret, step - 1)
    assert second_factor(code_at(secret, step - 3)) is False
    assert second_factor(before) is True
    # allauth forgets a used code after 30 seconds; with the tolerance it lives 90.
    cache.delete(f"allauth.mfa.totp.used?user={user.pk}&code={before}")
    assert second_factor(before) is False


def test_second_factor_is_guessed_five_times_in_five_minutes(user):
    totp(user)
    phone = Client()
    sign_in(phone, user)

    errors = [
        phone.post(reverse("mfa_authenticate"), {"code": "000000"})
        .context["form"]
        .errors.as_data()["code"][0]
        .code
        for _turn in range(6)
    ]

    assert errors[-1] == "too_many_login_attempts"
    assert "too_many_login_attempts" not in errors[:5]
    assert Authenticator.objects.filter(user=user).exists()
