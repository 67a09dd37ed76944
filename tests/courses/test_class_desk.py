"""The desk of a class: what it shows, and the acts on it."""

import datetime as dt
import io
import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from courses.backoffice.class_people import roles_at_work
from courses.exceptions import NotToBeWithdrawn
from courses.models import Enrolment
from courses.services import withdraw
from lms.people.models import OperationItem, Post, Town
from tests.factories.classes import EnrolmentFactory, TrainingClassFactory
from tests.factories.people import (
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = UserFactory(is_superuser=True, access="CITY")
    client.force_login(user)
    return user


def url(model, name, *args):
    return reverse(f"wagtailsnippets_courses_{model}:{name}", args=args)


def table_on(page, name="people"):
    """Return the table of a part of a desk."""
    (section,) = [one for one in page.context["sections"] if one.anchor == name]
    return section.table


def people_on(page):
    """Return the progress of each person whom the desk of a class shows."""
    return table_on(page).shown


def numbers_on(page):
    """Return the groups of the people, with the address of each."""
    return {str(one.label): (one.count, one.url) for one in table_on(page).numbers}


def act(name, training_class):
    return url("trainingclass", "act", training_class.pk, name)


def test_a_class_moves_by_its_named_action(client, admin):
    training_class = TrainingClassFactory(state="DRAFT")

    client.post(act("file", training_class))
    client.post(act("close", training_class))

    training_class.refresh_from_db()
    assert training_class.state == "FILED"


def test_the_button_of_an_act_carries_the_token_of_its_page(admin):
    training_class = TrainingClassFactory(state="DRAFT")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin)
    page = browser.get(url("trainingclass", "inspect", training_class.pk)).text
    (form,) = [
        one for one in page.split("<form")[1:] if act("file", training_class) in one
    ]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]

    browser.post(act("file", training_class), {"csrfmiddlewaretoken": token})

    training_class.refresh_from_db()
    assert training_class.state == "FILED"


def test_people_are_enrolled_by_name(client, admin):
    training_class = TrainingClassFactory(
        programme__audience="OTHER", state="ENROLLING"
    )
    li = PersonFactory(name="李海生")
    PersonFactory(name="王海", id_masked="440899********1111")
    second = PersonFactory(name="王海", id_masked="440899********222X")

    client.post(
        act("enrol", training_class),
        {"people": "李海生\n王海 222x\n\n李海生"},
    )

    assert {e.person for e in training_class.enrolments.all()} == {li, second}


def test_a_name_that_is_not_clear_enrols_nobody(client, admin):
    training_class = TrainingClassFactory(
        programme__audience="OTHER", state="ENROLLING"
    )
    PersonFactory(name="李海生")
    PersonFactory.create_batch(2, name="王海")

    client.post(act("enrol", training_class), {"people": "李海生\n王海"})

    assert Enrolment.objects.count() == 0


def test_the_desk_of_a_class_shows_its_people(client, admin):
    enrolment = EnrolmentFactory()

    response = client.get(url("trainingclass", "inspect", enrolment.training_class_id))

    assert [one.enrolment for one in people_on(response)] == [enrolment]


def test_the_desk_of_a_class_costs_the_same_for_any_number_of_people(
    client, admin, django_assert_num_queries
):
    training_class = EnrolmentFactory().training_class
    desk = url("trainingclass", "inspect", training_class.pk)
    client.get(desk)
    with CaptureQueriesContext(connection) as one:
        client.get(desk)
    EnrolmentFactory.create_batch(3, training_class=training_class)

    with django_assert_num_queries(len(one)):
        page = client.get(desk)

    assert len(people_on(page)) == 4


def test_the_desk_shows_unit_town_and_role_of_each_person(client, admin):
    town = Town.objects.get(code="440883109")
    enrolment = EnrolmentFactory(organisation__town=town)
    Post.objects.create(
        person=enrolment.person,
        organisation=enrolment.organisation,
        role="SAFETY_MANAGER",
        starts_on=dt.date(2026, 1, 5),
    )

    page = client.get(url("trainingclass", "inspect", enrolment.training_class_id))

    ((_person, (_heading, unit), (_role, role), *_rest),) = table_on(page).rows
    assert (unit.label, unit.note) == (enrolment.organisation.name, town.name)
    assert role == "安全生产管理人员"
    assert enrolment.organisation.name in page.text
    assert town.name in page.text


def test_the_roles_of_a_person_are_those_of_posts_one_may_see(client):
    town = Town.objects.get(code="440883109")
    enrolment = EnrolmentFactory(organisation__town=town)
    alone = EnrolmentFactory(training_class=enrolment.training_class, organisation=None)
    item = OperationItem.objects.get(code="1.2")
    for person, organisation in (
        (enrolment.person, enrolment.organisation),
        (alone.person, OrganisationFactory()),
    ):
        PostFactory(
            person=person, organisation=organisation, role="SPECIAL_OPERATOR", item=item
        )
    boss = UserFactory(is_superuser=True, access="CITY")
    officer = UserFactory(access="TOWN", town=town)

    known = {
        user: roles_at_work(list(Enrolment.objects.all()), user)
        for user in (boss, officer)
    }

    role = f"特种作业人员（{item}）"
    assert known[boss] == {enrolment.pk: [role], alone.pk: [role]}
    assert known[officer] == {enrolment.pk: [role], alone.pk: []}


@pytest.fixture
def mixed_class():
    """A class with people in each standing, and one who left."""
    training_class = TrainingClassFactory()
    passed = EnrolmentFactory(
        training_class=training_class,
        person__name="甲",
        hours_met_on=dt.date(2026, 5, 8),
        passed_on=dt.date(2026, 5, 9),
    )
    met = EnrolmentFactory(
        training_class=training_class,
        person__name="乙",
        hours_met_on=dt.date(2026, 5, 8),
    )
    lacking = [
        EnrolmentFactory(training_class=training_class, person__name=name)
        for name in ("丙", "丁")
    ]
    left = EnrolmentFactory(training_class=training_class, person__name="戊")
    withdraw(left, reason="调岗")
    return training_class, {
        "admitted": [passed, met, *lacking],
        "hours-met": [passed, met],
        "hours-missing": lacking,
        "passed": [passed],
        "withdrawn": [left],
    }


def test_every_number_of_a_class_leads_to_exactly_its_people(
    client, admin, mixed_class
):
    training_class, groups = mixed_class
    desk = url("trainingclass", "inspect", training_class.pk)

    page = client.get(desk)

    numbers = numbers_on(page)
    assert {name: count for name, (count, _url) in numbers.items()} == {
        "全部": 5,
        "在班": 4,
        "学满学时": 2,
        "学时未满": 2,
        "合格": 1,
        "已退班": 1,
    }
    for (count, address), key in zip(list(numbers.values())[1:], groups, strict=True):
        shown = people_on(client.get(desk + address))
        assert {one.enrolment for one in shown} == set(groups[key])
        assert len(shown) == count
    facts = dict(page.context["facts"])
    for label, key in (
        ("人数", "admitted"),
        ("学满学时", "hours-met"),
        ("合格", "passed"),
    ):
        shown = people_on(client.get(desk + facts[label].url))
        assert {one.enrolment for one in shown} == set(groups[key])
        assert facts[label].label.startswith(f"{len(shown)} / ")


def test_a_number_that_counts_people_not_shown_leads_nowhere(client):
    town = Town.objects.get(code="440883109")
    here = EnrolmentFactory(organisation__town=town)
    EnrolmentFactory(training_class=here.training_class)
    officer = UserFactory(access="TOWN", town=town)
    officer.user_permissions.add(
        *Permission.objects.filter(codename__in=["access_admin", "view_trainingclass"])
    )
    client.force_login(officer)

    page = client.get(url("trainingclass", "inspect", here.training_class_id))

    assert dict(page.context["facts"])["人数"] == "2 / 60"


def test_the_sheet_of_the_people_says_what_is_on_the_screen(client, admin, mixed_class):
    training_class, _groups = mixed_class
    desk = url("trainingclass", "inspect", training_class.pk)
    whole = client.get(desk, {"export": "people"})
    narrowed = client.get(desk, {"people": "hours-missing", "export": "people"})
    unknown = client.get(desk, {"export": "nothing"})

    heading, *rows = sheet(whole)
    assert heading == [
        "人员",
        "证件号码",
        "单位",
        "镇街",
        "人员类别",
        "学时",
        "说明",
        "考试",
        "合格日期",
    ]
    assert [row[0] for row in rows] == ["丁", "丙", "乙", "甲", "戊"]
    assert rows[3][5:] == [
        "✓ 0 / 8 学时",
        "学完日期 2026-05-08",
        "✓ 合格",
        "2026-05-09",
    ]
    assert rows[4][6] == "已退班 · 调岗"
    assert [row[0] for row in sheet(narrowed)[1:]] == ["丁", "丙"]
    assert unknown.status_code == 404


def sheet(response):
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.getvalue()))
    return book.get_sheet_by_index(0).to_python()


@pytest.mark.parametrize(
    ("state", "primary"),
    [
        ("DRAFT", "file"),
        ("FILED", "open"),
        ("ENROLLING", "confirm"),
        ("CONFIRMED", "begin"),
        ("RUNNING", "examine"),
        ("EXAMINING", "close"),
        ("CLOSED", None),
    ],
)
def test_a_desk_has_one_act_in_colour_and_it_is_the_next_step(
    client, admin, state, primary
):
    training_class = TrainingClassFactory(state=state)

    page = client.get(url("trainingclass", "inspect", training_class.pk))

    shown = [action.name for action, _url in page.context["primary_actions"]]
    assert shown == ([primary] if primary else [])
    current = [step.label for step in page.context["steps"] if step.is_current]
    assert current == [training_class.get_state_display()]


def test_a_class_is_cancelled_on_its_desk_with_a_reason(client, admin):
    training_class = TrainingClassFactory(state="FILED")

    refused = client.post(act("cancel", training_class), {"reason": " "})
    client.post(act("cancel", training_class), {"reason": "台风"})

    assert list(refused.context["form"].errors) == ["reason"]
    training_class.refresh_from_db()
    assert (training_class.state, training_class.cancel_reason) == ("CANCELLED", "台风")
    desk = client.get(url("trainingclass", "inspect", training_class.pk)).text
    assert "班次已取消：台风" in desk


def test_closing_a_class_and_withdrawing_are_asked_twice(client, admin):
    enrolment = EnrolmentFactory(training_class__state="RUNNING")
    EnrolmentFactory(
        training_class=enrolment.training_class,
        hours_met_on=dt.date(2026, 3, 2),
        passed_on=dt.date(2026, 3, 3),
    )

    desk = client.get(url("trainingclass", "inspect", enrolment.training_class_id)).text
    close = client.get(act("close", enrolment.training_class)).text
    leave = act("withdraw", enrolment.training_class)
    withdrawal = client.get(f"{leave}?enrolment={enrolment.pk}").text

    assert desk.count("/act/withdraw/") == 1
    assert f'action="{act("close", enrolment.training_class)}"' not in desk
    assert (
        f"还有 1 人没有学满学时，结班后不能再在本班学习：{enrolment.person.name}。"
        in close
    )
    assert f'value="{enrolment.pk}" selected' in withdrawal
    enrolment.refresh_from_db()
    assert enrolment.training_class.state == "RUNNING"
    assert enrolment.is_admitted


def test_the_desk_counts_who_is_in_the_class_and_says_who_is_not_shown(client):
    town = Town.objects.get(code="440883109")
    here = EnrolmentFactory(organisation__town=town)
    EnrolmentFactory(training_class=here.training_class)
    withdraw(EnrolmentFactory(training_class=here.training_class), reason="调岗")
    officer = UserFactory(access="TOWN", town=town)
    officer.user_permissions.add(
        *Permission.objects.filter(codename__in=["access_admin", "view_trainingclass"])
    )
    client.force_login(officer)

    page = client.get(url("trainingclass", "inspect", here.training_class_id))

    assert "2 / 60" in page.text
    assert "另有 1 人来自您看不到的单位" in page.text
    assert [one.enrolment for one in people_on(page)] == [here]


def test_only_somebody_of_the_class_is_taken_out_of_it(client, admin):
    enrolment, other = EnrolmentFactory(), EnrolmentFactory()
    address = act("withdraw", enrolment.training_class)

    answers = [
        client.post(address, {"enrolment": key, "reason": "调岗"}, follow=True)
        for key in ("no-key", "", other.pk)
    ]
    client.post(address, {"enrolment": enrolment.pk, "reason": "调岗"})

    (no_key, nobody, stranger) = [
        str(answer.context["form"].errors["enrolment"]) for answer in answers
    ]
    assert "这个人不在班里。" in no_key
    assert "必填" in nobody
    assert "这个人不在班里。" in stranger
    status = Enrolment.objects.in_bulk([enrolment.pk, other.pk])
    assert status[enrolment.pk].status == "WITHDRAWN"
    assert status[other.pk].status == "ADMITTED"


def test_who_may_not_change_classes_may_not_enrol(client):
    user = UserFactory(access="CITY")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    training_class = TrainingClassFactory(state="DRAFT")

    client.post(act("file", training_class))

    training_class.refresh_from_db()
    assert training_class.state == "DRAFT"


def test_whoever_has_passed_stays_in_the_class(client, admin):
    enrolment = EnrolmentFactory(passed_on=dt.date(2026, 3, 3))

    with pytest.raises(NotToBeWithdrawn):
        withdraw(enrolment, reason="调岗")

    address = act("withdraw", enrolment.training_class)
    page = client.post(
        address, {"enrolment": enrolment.pk, "reason": "调岗"}, follow=True
    )
    enrolment.refresh_from_db()
    assert "尚未合格" in page.content.decode()
    assert enrolment.status == "ADMITTED"
