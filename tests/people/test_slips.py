"""A slip opens an account in use only with its holder, or a second member of staff."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from lms.evidence import clock
from lms.evidence.models import AuditEvent
from lms.people.models import ActivationCode, Person, User
from lms.people.services.accounts import (
    CodeNotGood,
    NothingToRelease,
    NotYourself,
    OwnCodeWrong,
    ReasonNeeded,
    ReleaseNeeded,
    SecondPersonNeeded,
    TooManyOwnCodes,
    activate_account,
    confirm_identity,
    issue_activation_code,
    release_activation_code,
    show_own_code,
    slips_to_tell,
)
from tests.factories.people import PersonFactory, StaffFactory

pytestmark = pytest.mark.django_db
PHONE, OTHER, PASSWORD = "19900000011", "19900000022", "Kaihu-2026!"
WHY = "本人持身份证到场"


@pytest.fixture
def worker():
    """Somebody whose account was signed in to."""
    person = PersonFactory()
    code = issue_activation_code(person, actor=StaffFactory())
    user = activate_account(code, phone=PHONE, password=PASSWORD)
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    return User.objects.get(pk=user.pk)


def slip_for(worker, actor):
    code = issue_activation_code(worker.person, actor=actor)
    return code, ActivationCode.objects.open(clock.now()).get()


def test_a_manager_cannot_take_over_an_account_in_use_with_a_slip(client, worker):
    code, _slip = slip_for(worker, StaffFactory())

    answer = client.post(
        reverse("account_activate"),
        {"code": code, "phone": OTHER, "password": "Ren-jia-2026!"},
    )

    worker.refresh_from_db()
    assert "_auth_user_id" not in client.session
    assert worker.check_password(PASSWORD)
    assert 'name="own_code"' in answer.text
    assert answer.context["form"]["own_code"].is_hidden is False


def test_an_account_that_nobody_signed_in_to_needs_the_slip_only():
    code = issue_activation_code(PersonFactory(), actor=StaffFactory())

    assert activate_account(code, phone=PHONE, password=PASSWORD).pk


def test_the_code_on_the_own_phone_lets_the_slip_be_used_and_keeps_the_check(worker):
    code, slip = slip_for(worker, StaffFactory())

    user = activate_account(
        code, phone=OTHER, password=PASSWORD, own_code=show_own_code(slip, worker)
    )

    event = AuditEvent.objects.filter(action="account.activate").first()
    assert user == worker
    assert user.person.identity_checked_at
    assert event.data["proof"] == "own_phone"
    assert event.data["changes"]["phone_masked"] == ["199****0011", "199****0022"]


def test_the_code_on_the_own_phone_dies_with_time_and_with_too_many_guesses(worker):
    code, slip = slip_for(worker, StaffFactory())
    now = clock.now()
    old = show_own_code(slip, worker, now=now - dt.timedelta(minutes=21))

    errors = []
    for _turn in range(6):
        with pytest.raises((OwnCodeWrong, TooManyOwnCodes)) as refusal:
            activate_account(
                code, phone=OTHER, password=PASSWORD, own_code=old, now=now
            )
        errors.append(refusal.type)

    assert errors == [OwnCodeWrong] * 5 + [TooManyOwnCodes]


def test_a_second_member_of_staff_releases_and_the_identity_is_checked_anew(worker):
    first, second = StaffFactory(), StaffFactory()
    code, slip = slip_for(worker, first)
    with pytest.raises(ReleaseNeeded):
        activate_account(code, phone=OTHER, password=PASSWORD)
    with pytest.raises(SecondPersonNeeded):
        release_activation_code(slip, actor=first, reason=WHY)
    with pytest.raises(ReasonNeeded):
        release_activation_code(slip, actor=second, reason="是")

    release_activation_code(slip, actor=second, reason=WHY)
    user = activate_account(code, phone=OTHER, password=PASSWORD)

    event = AuditEvent.objects.get(action="account.release_activation_code")
    assert (event.actor, event.reason) == (second, WHY)
    assert event.data == {"slip": slip.pk, "issued_by": first.pk}
    assert user == worker
    assert Person.objects.get(pk=user.person_id).identity_checked_at is None
    with pytest.raises(NothingToRelease):
        release_activation_code(slip, actor=second, reason=WHY)


def test_nobody_releases_a_slip_for_himself(worker):
    _code, slip = slip_for(worker, StaffFactory())

    with pytest.raises(SecondPersonNeeded):
        release_activation_code(slip, actor=worker, reason=WHY)


def test_the_database_refuses_a_release_by_the_maker(worker):
    maker = StaffFactory()
    _code, slip = slip_for(worker, maker)
    rows = ActivationCode.objects.filter(pk=slip.pk)

    for facts, name in (
        ({"released_by": maker, "released_at": clock.now()}, "by_a_second_person"),
        ({"released_at": clock.now()}, "by_a_second_person"),
        ({"used_at": clock.now(), "cancelled_at": clock.now()}, "used_or_cancelled"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**facts)


def test_the_holder_is_told_and_can_cancel_the_slip(client, worker):
    maker = StaffFactory(name="陈安全")
    code, slip = slip_for(worker, maker)
    client.force_login(worker)

    page = client.get("/learn/").text
    shown = show_own_code(slip, worker)
    client.post(reverse("account_cancel_slips"))

    assert "陈安全" in page
    assert f"{shown[:4]} {shown[4:]}" in page
    assert AuditEvent.objects.filter(action="account.cancel_activation_code").exists()
    assert "陈安全" not in client.get("/accounts/me/").text.split("<h2")[1]
    with pytest.raises(CodeNotGood):
        activate_account(code, phone=OTHER, password=PASSWORD)


def test_a_slip_that_was_used_is_told_for_a_month(client, worker):
    client.force_login(worker)
    now = clock.now()

    assert "已用登录纸条设置密码" in client.get("/accounts/me/").text
    assert len(slips_to_tell(worker.person_id, now + dt.timedelta(days=29))) == 1
    assert slips_to_tell(worker.person_id, now + dt.timedelta(days=31)) == []


def test_signing_in_on_the_way_elsewhere_tells_of_the_slip(client, worker):
    slip_for(worker, StaffFactory())

    client.post(
        "/accounts/login/",
        {"login": PHONE, "password": PASSWORD, "next": "/accounts/me/"},
    )

    assert "有人为您的账号打印了登录纸条" in client.get("/accounts/me/").text


def test_base_staff_release_slips_on_one_page(client, base, worker):
    _code, slip = slip_for(worker, StaffFactory(name="陈安全"))
    home = client.get("/admin/").text

    client.post(reverse("people_admin:slips"), {"slip": slip.pk, "reason": WHY})

    slip.refresh_from_db()
    assert slip.released_by == base
    assert reverse("people_admin:slips") in home
    assert "没有待核准" in client.get(reverse("people_admin:slips")).text


@pytest.mark.parametrize("key", ["", "x", "²", "\0", "-1", "9" * 24])
def test_what_is_no_slip_is_not_there(client, base, key):
    address = reverse("people_admin:slips")

    answer = client.post(address, {"slip": key, "reason": WHY})

    assert answer.status_code == 404


def test_an_officer_releases_no_slip_and_confirms_nobody(client, town_officer, worker):
    person = worker.person

    pages = [
        reverse("people_admin:slips"),
        reverse("people_admin:identity", args=[person.pk]),
    ]

    assert [client.post(page)["Location"] for page in pages] == ["/admin/"] * 2
    assert not AuditEvent.objects.filter(action="person.confirm_identity").exists()


def test_identity_is_confirmed_by_another_and_written_down_once(client, base):
    person = PersonFactory(identity_checked_at=None)
    client.force_login(base)
    address = reverse("people_admin:identity", args=[person.pk])

    answer = client.post(f"{address}?next=//evil.example/")
    client.post(address)

    person.refresh_from_db()
    assert person.identity_checked_by == base
    assert answer["Location"].startswith("/admin/snippets/people/person/inspect/")
    assert AuditEvent.objects.filter(action="person.confirm_identity").count() == 1
    own = StaffFactory(person=PersonFactory(identity_checked_at=None))
    with pytest.raises(NotYourself):
        confirm_identity(own.person, actor=own)


def test_accounts_in_use_before_the_check_existed_count_as_confirmed(worker):
    from importlib import import_module
    from types import SimpleNamespace

    from django.apps import apps
    from django.db import connection

    new = StaffFactory(person=PersonFactory())
    Person.objects.update(identity_checked_at=None)
    name = "lms.people.migrations.0007_accounts_in_use_count_as_confirmed"

    import_module(name).confirm(apps, SimpleNamespace(connection=connection))

    confirmed = Person.objects.filter(identity_checked_at__isnull=False)
    assert list(confirmed) == [worker.person]
    assert new.person not in confirmed
