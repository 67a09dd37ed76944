"""The forms of people, posts and organisations: what they keep and what they refuse."""

import datetime as dt

import pytest

from lms.people.models import Organisation, Person, Post, Town
from tests.factories.people import OrganisationFactory, PersonFactory, PostFactory
from tests.people.addresses import url

pytestmark = pytest.mark.django_db


def test_person_is_put_on_record_once(client, base):
    number = "440899197803120014"
    data = {"name": "李海生", "id_type": "RESIDENT", "number": number, "phone": ""}

    first = client.post(url(Person, "add"), data)
    second = client.post(url(Person, "add"), data)

    assert (first.status_code, second.status_code) == (302, 200)
    assert Person.objects.get().id_masked == "440899********0014"


@pytest.mark.parametrize(
    "name",
    [
        "李\u202e海生",
        "李\u200b海生",
        "李海生😀",
        "<b>李</b>",
        "...",
        "\u3164",
        "李1\ufe0f\u20e3",
    ],
    ids=["rtl", "zero-width", "emoji", "html", "dots", "blank", "keycap"],
)
def test_name_that_an_import_refuses_is_refused_in_the_form_too(client, base, name):
    person = PersonFactory()
    data = {"name": name, "id_type": "RESIDENT", "number": "440899197803120014"}

    added = client.post(url(Person, "add"), data)
    changed = client.post(url(Person, "edit", person.pk), data)

    assert [list(r.context["form"].errors) for r in (added, changed)] == [["name"]] * 2
    assert list(Person.objects.values_list("name", flat=True)) == [person.name]


FACTS = {"name": "示例厂", "kind": "ENTERPRISE", "high_hazard": "no"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("zzz", None),
        ("TEMP-", None),
        ("91440899dem000014m", "91440899DEM000014M"),
        ("９１４４０８９９ DEM000014M", "91440899DEM000014M"),
        ("temp-粤湛001", "TEMP-粤湛001"),
        ("91440899DEM000014A", "91440899DEM000014A"),
    ],
    ids=["no-code", "empty-temp", "lower", "full-width", "temp", "check-digit"],
)
def test_organisation_code_is_checked_and_kept_as_an_import_does(
    client, base, typed, kept
):
    town = Town.objects.first().pk

    response = client.post(
        url(Organisation, "add"), {**FACTS, "uscc": typed, "town": town}, follow=True
    )

    assert [o.uscc for o in Organisation.objects.all()] == ([kept] if kept else [])
    warned = "校验码不对" in "".join(map(str, response.context["messages"]))
    assert warned == (typed == "91440899DEM000014A")


def test_organisation_with_an_old_odd_code_can_still_be_changed(client, base):
    odd = OrganisationFactory(uscc="old-1")

    client.post(
        url(Organisation, "edit", odd.pk),
        {**FACTS, "uscc": "old-1", "town": odd.town_id, "name": "新名称"},
    )

    assert Organisation.objects.get().name == "新名称"


def post_data(post, **changes):
    return {
        "person": post.person_id,
        "organisation": post.organisation_id,
        "role": post.role,
        "issuing_system": "EMERGENCY",
        "starts_on": post.starts_on,
        **changes,
    }


@pytest.mark.parametrize(
    ("starts_on", "taken"),
    [("2016-12-31", False), ("2015-06-01", False), ("2017-01-01", True)],
    ids=["last-day", "before-and-open", "next-day"],
)
def test_post_form_refuses_overlapping_posts(client, base, starts_on, taken):
    post = PostFactory(ends_on=dt.date(2016, 12, 31))

    client.post(url(Post, "add"), post_data(post, starts_on=starts_on))

    assert Post.objects.count() == 1 + taken


@pytest.mark.parametrize("kind", ["ENTERPRISE", "AUTHORITY"])
def test_post_form_puts_supervisors_into_authorities_only(client, base, kind):
    post = PostFactory(organisation__kind=kind)

    client.post(url(Post, "add"), post_data(post, role="SUPERVISOR"))

    there = Post.objects.filter(role="SUPERVISOR").exists()
    assert there == (kind == "AUTHORITY")


def test_post_form_changes_the_dates_of_a_post_that_stands(client, base):
    post = PostFactory()

    client.post(url(Post, "edit", post.pk), post_data(post, ends_on="2018-12-31"))

    assert Post.objects.get().ends_on == dt.date(2018, 12, 31)


@pytest.mark.parametrize("change", [{"exposures": "噪声"}, {"away": "\u202e2019"}])
def test_post_form_refuses_what_the_roster_cannot_say(client, base, change):
    post = PostFactory()

    client.post(url(Post, "edit", post.pk), post_data(post, **change))

    assert (Post.objects.get().exposures, Post.objects.get().away) == ("", "")


def test_town_officer_puts_a_person_on_record_with_the_first_post(client, town_officer):
    own = OrganisationFactory(town=town_officer.town)
    elsewhere = OrganisationFactory()
    person = {"name": "李海生", "id_type": "RESIDENT", "number": "440899197803120014"}
    place = {"role": "OTHER_STAFF", "starts_on": "2020-01-01"}

    alone = client.post(url(Person, "add"), person)
    other = client.post(
        url(Person, "add"), {**person, **place, "organisation": elsewhere.pk}
    )
    misfit = client.post(
        url(Person, "add"),
        {**person, **place, "role": "SPECIAL_OPERATOR", "organisation": own.pk},
    )
    assert [response.status_code for response in (alone, other, misfit)] == [200] * 3
    assert not Person.objects.exists()

    client.post(url(Person, "add"), {**person, **place, "organisation": own.pk})

    made = Person.objects.visible_to(town_officer).get()
    assert (made.name, made.posts.get().organisation) == ("李海生", own)


def test_town_officer_corrects_the_post_of_somebody_who_left(client, town_officer):
    post = PostFactory(
        organisation__town=town_officer.town, ends_on=dt.date(2016, 12, 31)
    )
    stranger = PersonFactory()
    address = url(Post, "edit", post.pk)

    client.post(address, post_data(post, ends_on="2016-06-30"))
    refused = client.post(address, post_data(post, person=stranger.pk))

    assert list(refused.context["form"].errors) == ["person"]
    post.refresh_from_db()
    assert (post.ends_on, post.person_id != stranger.pk) == (dt.date(2016, 6, 30), True)


@pytest.mark.parametrize("model", [Person, Post])
def test_forms_of_people_and_posts_open(client, town_officer, model):
    post = PostFactory(organisation__town=town_officer.town)
    row = post if model is Post else post.person

    for address in (url(model, "add"), url(model, "edit", row.pk)):
        assert client.get(address).status_code == 200
