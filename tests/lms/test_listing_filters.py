"""What every listing of the back office can be narrowed to."""

import datetime as dt

import django_filters
import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import reverse
from wagtail.snippets.models import get_snippet_models

from courses.models import Enrolment, HourEntry, StudyEntry, TrainingRecord
from exams.models import Attempt, Sitting
from exams.services.finalise import close_attempt
from exams.services.release import release_result
from lms.backoffice.filters import DaysFilter
from lms.evidence import clock
from lms.people.models import Person, Post, Town, User
from tests.factories.classes import EnrolmentFactory, meet_hours
from tests.factories.people import OrganisationFactory, PersonFactory, PostFactory
from tests.factories.sittings import make_attempt, make_sitting

pytestmark = pytest.mark.django_db

# Tables that only administrators see, of a handful of rows each.
SHORT = {"HourRule", "Issuer", "RuleSet", "SiteFacts", "StudyRule"}
# Lists of people: what the filters of unit, town, role and state are called.
PLACES = ("单位", "镇街", "人员类别")
PEOPLE = {
    "Attempt": (("unit", "town", "role", "state"), PLACES),
    "Certificate": (("unit", "town", "role", "status"), PLACES),
    "Enrolment": (("unit", "town", "role", "status"), PLACES),
    "HourEntry": (("unit", "town", "role", "source"), PLACES),
    "Person": (("unit", "town", "role", "in_post"), PLACES),
    "Post": (("unit", "town", "role", "state"), PLACES),
    "StudyEntry": (("unit", "town", "role"), PLACES),
    "TrainingRecord": (
        ("unit", "town", "audience", "result"),
        ("当时单位", "镇街", "培训对象"),
    ),
    "User": (("unit", "town", "groups", "is_active"), ("单位", "镇街", "用户组")),
}
EXACT = (django_filters.DateFilter, django_filters.DateTimeFilter)


@pytest.fixture
def root(client):
    user = User.objects.create_superuser("root", access="CITY")
    client.force_login(user)
    return user


def view_of(client, model):
    """Return the view of the listing of a model, as it answers a request."""
    address = reverse(model.snippet_viewset.get_url_name("list"))
    return client.get(address).context["view"]


def date_fields(model):
    """The fields of days and moments that a listing shows."""
    for column in model.snippet_viewset.list_display:
        name = getattr(column, "name", column)
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if isinstance(field, models.DateField):
            yield name


def test_every_day_is_asked_as_a_range(client, root):
    exact, missing = set(), set()
    for model in get_snippet_models():
        filters = view_of(client, model).filters
        known = filters.filters if filters else {}
        exact |= {
            (model.__name__, name)
            for name, one in known.items()
            if isinstance(one, EXACT)
        }
        missing |= {
            (model.__name__, name)
            for name in date_fields(model)
            if not isinstance(known.get(name), DaysFilter)
        }

    assert exact == set()
    assert {one for one in missing if one[0] not in SHORT} == set()


@pytest.mark.parametrize("label", PEOPLE)
def test_every_list_of_people_shows_and_asks_unit_town_role_and_state(
    client, root, label
):
    (model,) = [one for one in get_snippet_models() if one.__name__ == label]
    asked, shown = PEOPLE[label]

    view = view_of(client, model)

    assert [name for name in asked if name not in view.filters.filters] == []
    labels = [str(column.label) for column in view.columns]
    assert [one for one in shown if one not in labels] == []


def listed(client, model, **asked):
    address = reverse(model.snippet_viewset.get_url_name("list"))
    return set(client.get(address, asked).context["object_list"])


def test_posts_are_told_apart_by_whether_they_are_held_today(client, root):
    today, day = clock.today(), dt.timedelta(days=1)
    current = PostFactory(ends_on=today)
    ended = PostFactory(starts_on=today - 9 * day, ends_on=today - day)
    later = PostFactory(starts_on=today + day)

    assert listed(client, Post, state="current") == {current}
    assert listed(client, Post, state="ended") == {ended}
    assert listed(client, Post, state="later") == {later}
    unit = current.organisation
    assert listed(client, Post, unit=unit.name, town=unit.town_id) == {current}


def test_people_are_told_apart_by_post_and_by_identity(client, root):
    held = PostFactory().person
    without = PersonFactory(identity_checked_at=None)

    assert listed(client, Person, in_post="true") == {held}
    assert listed(client, Person, in_post="false") == {without}
    assert listed(client, Person, confirmed="true") == {held}
    assert listed(client, Person, confirmed="false") == {without}


@pytest.fixture
def two_towns():
    """A trained person with all rows there are, in each of two towns."""
    return [
        meet_hours(EnrolmentFactory(organisation__town=town))
        for town in Town.objects.all()[:2]
    ]


@pytest.mark.parametrize("model", [Enrolment, HourEntry, TrainingRecord])
def test_unit_and_town_are_those_a_row_names(client, root, two_towns, model):
    here, there = two_towns

    def enrolments(**asked):
        rows = listed(client, model, **asked)
        return {row if model is Enrolment else row.enrolment for row in rows}

    assert enrolments(town=here.organisation.town_id) == {here}
    assert enrolments(unit=there.organisation.name) == {there}
    assert enrolments() == {here, there}


@pytest.mark.parametrize("model", [Enrolment, HourEntry])
def test_the_role_is_that_of_today(client, root, two_towns, model):
    here, _there = two_towns
    PostFactory(person=here.person, role="PRINCIPAL")

    assert {row.person for row in listed(client, model, role="PRINCIPAL")} == {
        here.person
    }
    assert listed(client, model, role="SUPERVISOR") == set()


def test_study_entries_go_by_the_unit_of_their_enrolment(client, city, root):
    entry = StudyEntry.objects.select_related("enrolment__organisation").first()
    unit = entry.enrolment.organisation

    shown = listed(client, StudyEntry, unit=unit.name, town=unit.town_id)

    assert entry in shown
    assert {one.enrolment.organisation for one in shown} == {unit}
    other = Town.objects.exclude(pk=unit.town_id).first()
    assert entry not in listed(client, StudyEntry, town=other.pk)


def test_records_are_told_apart_by_whom_they_were_for(client, root, two_towns):
    for_staff, _other = TrainingRecord.objects.filter(enrolment__in=two_towns)

    asked = for_staff.credits.get().audience

    assert for_staff in listed(client, TrainingRecord, audience=asked)
    assert listed(client, TrainingRecord, audience="SUPERVISOR") == set()


def test_enrolments_are_told_apart_by_hours_and_pass(client, root, two_towns):
    passed, met = two_towns
    Enrolment.objects.filter(pk=passed.pk).update(passed_on=clock.today())
    lacking = EnrolmentFactory()

    assert listed(client, Enrolment, hours_met="true") == {passed, met}
    assert listed(client, Enrolment, hours_met="false") == {lacking}
    assert listed(client, Enrolment, passed="true") == {passed}
    assert listed(client, Enrolment, passed="false") == {met, lacking}


def test_attempts_are_told_apart_by_state_and_result(client, root):
    running = make_attempt()
    failed, waiting = (make_attempt(make_sitting(release="staff")) for _ in range(2))
    for one in (failed, waiting):
        close_attempt(one, by=root, reason="ill")
    release_result(failed, by=root)

    assert listed(client, Attempt, state="open") == {running}
    assert listed(client, Attempt, state="closed") == {failed, waiting}
    assert listed(client, Attempt, outcome="failed") == {failed}
    assert listed(client, Attempt, outcome="none") == {running, waiting}
    assert listed(client, Attempt, outcome="passed") == set()


def test_sittings_are_told_apart_by_when_they_are(client, root):
    now, hour = clock.now(), dt.timedelta(hours=1)
    times = {"before": (1, 2), "open": (-1, 1), "over": (-2, -1)}
    sittings = {
        state: make_sitting(opens_at=now + first * hour, closes_at=now + last * hour)
        for state, (first, last) in times.items()
    }

    for state, sitting in sittings.items():
        assert listed(client, Sitting, state=state) == {sitting}


def test_accounts_are_told_apart_by_place_and_last_visit(client, root):
    unit = OrganisationFactory()
    manager = User.objects.create(
        username="m", access="ORGANISATION", organisation=unit, last_login=clock.now()
    )
    officer = User.objects.create(username="o", access="TOWN", town=unit.town)
    today = clock.today()

    assert listed(client, User, unit=unit.name) == {manager}
    assert listed(client, User, town=unit.town_id) == {officer}
    visited = listed(client, User, last_login_from=today, last_login_to=today)
    assert manager in visited
    assert officer not in visited
