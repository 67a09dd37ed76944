"""An act declared here alone, on a model that knows nothing of it."""

import pytest
from django import forms
from django.contrib.auth.models import Permission
from django.urls import reverse

from lms.access.refusals import Refusal
from lms.backoffice import row_actions
from lms.backoffice.row_actions import RowAction, register_row_actions
from lms.people.models import Organisation, Town
from tests.factories.people import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

RIGHT = "people.change_organisation"


class NotOnSunday(Refusal):
    message = "今天不办。"
    details = ("星期日休息。",)


class RenameForm(forms.Form):
    name = forms.CharField(max_length=40)


def rename(organisation, *, by, name):
    if name == "星期日":
        raise NotOnSunday
    organisation.name = name
    organisation.save()
    return f"{by.username}：{name}"


@pytest.fixture(autouse=True)
def rename_action(monkeypatch):
    actions = {model: dict(acts) for model, acts in row_actions._ACTIONS.items()}
    monkeypatch.setattr(row_actions, "_ACTIONS", actions)
    register_row_actions(
        Organisation,
        RowAction(
            name="rename",
            label="改名",
            permission=RIGHT,
            service=rename,
            form_class=RenameForm,
            consequence=lambda row, user: f"{row.name} 将改名。",
            offered=lambda row: row.name != "不改名厂",
            offered_to=lambda row, user: row.name != f"{user.username}的厂",
        ),
    )


@pytest.fixture
def town():
    return Town.objects.get(code="440883109")


@pytest.fixture
def officer(client, town):
    user = UserFactory(access="TOWN", town=town)
    names = ["access_admin", "view_organisation", "change_organisation"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return user


def url(name, *args):
    return reverse(f"wagtailsnippets_people_organisation:{name}", args=args)


def stored_name(organisation):
    return Organisation.objects.get(pk=organisation.pk).name


def test_an_act_is_offered_on_the_desk_and_says_what_it_does(client, officer, town):
    organisation = OrganisationFactory(town=town, name="旧厂")

    page = client.get(url("act", organisation.pk, "rename"))

    assert page.status_code == 200
    assert "旧厂 将改名。" in page.text
    assert [one.name for one in row_actions.actions_for(organisation, officer)] == [
        "rename"
    ]


def test_an_act_that_succeeds_lands_on_the_desk(client, officer, town):
    organisation = OrganisationFactory(town=town, name="旧厂")

    done = client.post(url("act", organisation.pk, "rename"), {"name": "新厂"})

    assert (done.status_code, done.url) == (302, url("inspect", organisation.pk))
    assert stored_name(organisation) == "新厂"


def test_a_row_out_of_scope_is_not_there(client, officer):
    away = OrganisationFactory(town=Town.objects.exclude(pk=officer.town_id).first())
    before = away.name

    answer = client.post(url("act", away.pk, "rename"), {"name": "新厂"})

    assert (answer.status_code, stored_name(away)) == (404, before)


def test_an_act_without_the_permission_is_forbidden(client, officer, town):
    organisation = OrganisationFactory(town=town, name="旧厂")
    right = Permission.objects.get(codename="change_organisation")
    officer.user_permissions.remove(right)

    address = url("act", organisation.pk, "rename")
    script = {"x-requested-with": "XMLHttpRequest"}

    page = client.post(address, {"name": "新厂"})
    answer = client.post(address, {"name": "新厂"}, headers=script)

    # Wagtail leads a person to the home page and says it there.
    assert (page.status_code, page.url) == (302, "/admin/")
    assert (answer.status_code, stored_name(organisation)) == (403, "旧厂")


def test_an_act_of_an_unknown_name_is_not_there(client, officer, town):
    organisation = OrganisationFactory(town=town)

    assert client.get(url("act", organisation.pk, "sell")).status_code == 404


def test_a_refusal_says_why_and_keeps_what_was_typed(client, officer, town):
    organisation = OrganisationFactory(town=town, name="旧厂")

    page = client.post(url("act", organisation.pk, "rename"), {"name": "星期日"})

    form = page.context["form"]
    assert form.non_field_errors() == ["今天不办。", "星期日休息。"]
    assert form["name"].value() == "星期日"
    assert stored_name(organisation) == "旧厂"


@pytest.mark.parametrize("to_nobody", [True, False], ids=["to nobody", "not to him"])
def test_an_act_no_longer_offered_keeps_what_was_typed(
    client, officer, town, to_nobody
):
    name = "不改名厂" if to_nobody else f"{officer.username}的厂"
    organisation = OrganisationFactory(town=town, name=name)
    address = url("act", organisation.pk, "rename")

    page = client.post(address, {"name": "新厂"})

    assert page.context["form"]["name"].value() == "新厂"
    assert stored_name(organisation) == name
    assert row_actions.actions_for(organisation, officer) == []
    assert client.get(address).url == url("inspect", organisation.pk)
