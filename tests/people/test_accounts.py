import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from lms.access.groups import BASE
from lms.access.levels import Access
from lms.evidence.models import AuditEvent
from lms.people.accounts import views as account_views
from lms.people.models import User
from lms.people.services.accounts import (
    AccountClosed,
    CodeNotGood,
    PhoneTaken,
    activate_account,
    issue_activation_code,
)
from tests.factories.people import (
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
PHONE, PASSWORD = "19900000011", "Kaihu-2026!"


def test_slip_makes_an_account_that_signs_in_by_phone(client):
    person = PersonFactory()
    code = issue_activation_code(person, actor=StaffFactory())

    response = client.post(
        reverse("account_activate"),
        {"code": code.lower(), "phone": f"+86 {PHONE}", "password": PASSWORD},
    )
    client.logout()

    assert response.headers["Location"] == "/accounts/welcome/"
    assert client.login(username=PHONE, password=PASSWORD)
    assert User.objects.get(person=person).access == Access.SELF
    actions = AuditEvent.objects.values_list("action", flat=True)
    assert set(actions) == {"account.issue_activation_code", "account.activate"}


def test_slip_works_once_and_only_the_last_one():
    person, actor = PersonFactory(), StaffFactory()
    old = issue_activation_code(person, actor=actor)
    code = issue_activation_code(person, actor=actor)
    activate_account(code, phone=PHONE, password=PASSWORD)

    for spent in (old, code, "AAAAA-AAAAA"):
        with pytest.raises(CodeNotGood):
            activate_account(spent, phone=PHONE, password=PASSWORD)


def test_slip_expires():
    issued = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    code = issue_activation_code(PersonFactory(), actor=StaffFactory(), now=issued)

    with pytest.raises(CodeNotGood):
        activate_account(
            code, phone=PHONE, password=PASSWORD, now=issued + dt.timedelta(days=31)
        )


def test_second_account_with_the_same_phone_is_refused():
    actor = StaffFactory()
    first = issue_activation_code(PersonFactory(), actor=actor)
    second = issue_activation_code(PersonFactory(), actor=actor)
    activate_account(first, phone=PHONE, password=PASSWORD)

    with pytest.raises(PhoneTaken):
        activate_account(second, phone=PHONE, password=PASSWORD)


def test_slip_gives_a_new_password_but_never_a_staff_account():
    person, actor = PersonFactory(), StaffFactory()
    first = issue_activation_code(person, actor=actor)
    activate_account(first, phone=PHONE, password=PASSWORD)
    code = issue_activation_code(person, actor=actor)

    user = activate_account(code, phone=PHONE, password="Xinmima-2026!")

    assert user.check_password("Xinmima-2026!")
    staff = StaffFactory(person=PersonFactory())
    with pytest.raises(AccountClosed):
        issue_activation_code(staff.person, actor=actor)


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_wrong_passwords_are_counted_by_account_however_its_name_is_spelt(
    client, known
):
    if known:
        code = issue_activation_code(PersonFactory(), actor=StaffFactory())
        activate_account(code, phone=PHONE, password=PASSWORD)
    spellings = [
        PHONE,
        f"+86 {PHONE}",
        f"0086{PHONE}",
        "199-0000-0011",
        "(199) 0000 0011",
        "１９９００００００１１",
        "199 00000011",
    ]

    errors = [
        client.post("/accounts/login/", {"login": login, "password": "wrong-one"})
        .context["form"]
        .errors.as_data()["__all__"][0]
        .code
        for login in spellings
    ]

    wrong, stopped = "username_password_mismatch", "too_many_login_attempts"
    assert errors == [wrong] * 5 + [stopped] * 2


def test_phone_and_user_name_of_one_account_are_counted_together(client):
    code = issue_activation_code(PersonFactory(), actor=StaffFactory())
    user = activate_account(code, phone=PHONE, password=PASSWORD)
    for login in (PHONE, user.username) * 3:
        client.post("/accounts/login/", {"login": login, "password": "wrong-one"})

    client.post("/accounts/login/", {"login": PHONE, "password": PASSWORD})

    assert "_auth_user_id" not in client.session


def test_class_behind_one_address_may_activate_and_a_flood_is_told_to_wait(
    client, monkeypatch
):
    data = {"code": "AAAAA-AAAAA", "phone": PHONE, "password": PASSWORD}
    codes = {client.post("/accounts/activate/", data).status_code for _ in range(60)}

    monkeypatch.setattr(account_views, "ACTIVATIONS_PER_MINUTE", 1)
    client.post("/accounts/activate/", data)
    flooded = client.post("/accounts/activate/", data)

    assert codes == {200}
    assert flooded.status_code == 429
    assert "请等一分钟再试" in flooded.content.decode()


def test_wrong_account_is_signed_out_on_the_way_to_another(client):
    client.force_login(StaffFactory())
    refused = client.get("/office/roster/?q=1")
    body = refused.content.decode()
    after = "/accounts/login/?next=%2Foffice%2Froster%2F%3Fq%3D1"

    response = client.post("/accounts/logout/", {"next": after})

    assert (refused.status_code, f'value="{after}"' in body) == (403, True)
    assert response.headers["Location"] == after
    assert client.get(after).status_code == 200


@pytest.mark.parametrize(
    ("access", "place"),
    [(Access.SELF, "/learn/"), (Access.ORGANISATION, "/office/")],
    ids=["worker", "enterprise"],
)
def test_welcome_sends_everybody_to_their_place(client, access, place):
    organisation = OrganisationFactory() if access == Access.ORGANISATION else None
    person = PersonFactory() if access == Access.SELF else None
    client.force_login(
        StaffFactory(access=access, organisation=organisation, person=person)
    )

    assert client.get("/accounts/welcome/").headers["Location"] == place


def test_deactivated_user_is_out_at_once(client):
    user = StaffFactory(access=Access.ORGANISATION, organisation=OrganisationFactory())
    client.force_login(user)
    assert client.get("/office/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)

    response = client.get("/office/")

    assert response.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("address", ["/admin/", "/admin/imports/", "/office/"])
def test_staff_set_up_a_second_factor_before_any_guarded_page(
    client, settings, address
):
    settings.STAFF_MFA_REQUIRED = True
    user = StaffFactory(access=Access.ORGANISATION, organisation=OrganisationFactory())
    user.groups.add(Group.objects.get(name=BASE))
    client.force_login(user)

    response = client.get(address)

    assert response.headers["Location"] == reverse("mfa_activate_totp")


def test_roster_shows_the_own_people_masked(client):
    own, other = PostFactory(), PostFactory()
    client.force_login(
        StaffFactory(access=Access.ORGANISATION, organisation=own.organisation)
    )

    body = client.get("/office/roster/").content.decode()
    slip = client.post(f"/office/roster/{other.person.uuid}/slip/")

    assert own.person.id_masked in body
    assert own.person.id_number not in body
    assert other.person.name not in body
    assert slip.status_code == 404


# Wagtail's, allauth's and Django's own; each guards itself.
INCLUDED = (
    "wagtail",
    "allauth",
    "django.",
    "taggit",
)


def our_views(patterns, prefix=""):
    for entry in patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from our_views(entry.url_patterns, address)
        elif isinstance(entry, URLPattern):
            view = entry.callback
            module = getattr(view, "__module__", "")
            owner = getattr(getattr(view, "view_class", None), "__module__", module)
            if not owner.startswith(INCLUDED):
                yield address, view


def test_every_url_of_ours_declares_for_whom_it_is():
    silent = {
        address
        for address, view in our_views(get_resolver().url_patterns)
        if not hasattr(view, "access_rule")
    }

    assert silent == set()


@pytest.mark.parametrize("path", ["/admin/", "/admin/plan/", "/admin/login/"])
def test_the_back_office_tells_an_account_without_it_so(client, path):
    client.force_login(StaffFactory())

    response = client.get(path)

    assert response.status_code == 403
    assert "您的账号不能打开这个页面" in response.text
