"""What a guess at a password costs, and that older hashes are brought to it."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client

from lms.people.accounts.hashers import SignInHasher
from lms.people.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password-1"
HASHERS = ["lms.people.accounts.hashers.SignInHasher"]


def parameters(encoded):
    decoded = SignInHasher().decode(encoded)
    return decoded["memory_cost"], decoded["time_cost"], decoded["parallelism"]


def test_a_sign_in_brings_an_older_hash_to_the_cost_of_today(settings):
    settings.PASSWORD_HASHERS = HASHERS
    before = Argon2PasswordHasher().encode(PASSWORD, "c2FsdHNhbHRzYWx0c2FsdA")
    user = User.objects.create(username="older", password=before)
    assert parameters(before) == (102400, 2, 8)

    assert not Client().login(username="older", password="wrong")
    user.refresh_from_db()
    assert user.password == before

    assert Client().login(username="older", password=PASSWORD)
    user.refresh_from_db()
    assert parameters(user.password) == (19456, 2, 1)
    assert user.check_password(PASSWORD)


def test_a_new_password_costs_what_owasp_asks_at_least(settings):
    settings.PASSWORD_HASHERS = HASHERS

    assert parameters(make_password(PASSWORD)) == (19456, 2, 1)
