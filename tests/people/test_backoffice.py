import datetime as dt
import re

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.users.models import UserProfile

from lms.people.groups import BASE, EDITOR, OFFICER
from lms.people.models import Access, AuditEvent, Organisation, Person, Post, Town, User
from tests.people.factories import (
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def url(model, name, *args):
    return reverse(model.snippet_viewset.get_url_name(name), args=args)


@pytest.fixture
def base(client):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=BASE))
    client.force_login(user)
    return user


@pytest.fixture
def town_officer(client):
    town = Town.objects.get(code="440883109")
    user = UserFactory(access=Access.TOWN, town=town)
    user.groups.add(Group.objects.get(name=OFFICER))
    client.force_login(user)
    return user


@pytest.mark.parametrize("count", [1, 3])
def test_person_listing_costs_the_same_for_any_number_of_rows(
    client, base, django_assert_num_queries, count
):
    PersonFactory.create_batch(count)
    client.get(url(Person, "list"))

    # user, two of permissions, profile; count and rows; five of Wagtail's menu
    with django_assert_num_queries(11):
        response = client.get(url(Person, "list"))

    assert len(response.context["object_list"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_post_listing_costs_the_same_for_any_number_of_rows(
    client, base, django_assert_max_num_queries, count
):
    PostFactory.create_batch(count)
    client.get(url(Post, "list"))

    # as above, and the towns of the filter
    with django_assert_max_num_queries(12):
        response = client.get(url(Post, "list"))

    assert len(response.context["object_list"]) == count


@pytest.mark.parametrize("view", ["edit", "inspect", "history", "usage", "delete"])
def test_organisation_of_another_town_is_not_there(client, town_officer, view):
    elsewhere = OrganisationFactory()

    response = client.get(url(Organisation, view, elsewhere.pk))

    assert response.status_code == 404
    assert elsewhere.name not in response.content.decode()


@pytest.mark.parametrize("suffix", ["", "?export=csv", "?export=xlsx"])
def test_listing_and_export_hold_the_own_town_only(client, town_officer, suffix):
    own = OrganisationFactory(town=town_officer.town)
    elsewhere = OrganisationFactory(name="别处的单位")

    response = client.get(url(Organisation, "list") + suffix)

    body = b"".join(response) if response.streaming else response.content
    if suffix != "?export=xlsx":
        assert own.name in body.decode()
    assert elsewhere.name not in body.decode("utf-8", "ignore")
    assert elsewhere.uscc not in body.decode("utf-8", "ignore")


def test_chooser_offers_the_own_town_only(client, town_officer):
    own = OrganisationFactory(town=town_officer.town)
    elsewhere = OrganisationFactory(name="别处的单位")
    chooser = Organisation.snippet_viewset.chooser_viewset

    offered = client.get(reverse(chooser.get_url_name("choose"))).json()["html"]
    chosen = client.get(reverse(chooser.get_url_name("chosen"), args=[elsewhere.pk]))

    assert own.name in offered
    assert elsewhere.name not in offered
    assert chosen.status_code == 404


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Choose organisation"), ("zh-hans", "选择 单位")]
)
def test_chooser_speaks_the_language_of_the_reader(client, base, language, words):
    client.get(url(Post, "add"))
    base.wagtail_userprofile = UserProfile(user=base, preferred_language=language)
    base.wagtail_userprofile.save()

    assert words in client.get(url(Post, "add")).text


def test_chooser_is_closed_to_whoever_may_not_see_the_model(client):
    editor = UserFactory()
    editor.groups.add(Group.objects.get(name=EDITOR))
    client.force_login(editor)
    chooser = Organisation.snippet_viewset.chooser_viewset

    response = client.get(reverse(chooser.get_url_name("choose")))

    assert response.status_code in (302, 403)


def test_post_form_refuses_an_organisation_of_another_town(client, town_officer):
    person = PostFactory(organisation__town=town_officer.town).person
    elsewhere = OrganisationFactory()
    data = {
        "person": person.pk,
        "organisation": elsewhere.pk,
        "role": "OTHER_STAFF",
        "issuing_system": "EMERGENCY",
        "starts_on": "2020-01-01",
    }

    response = client.post(url(Post, "add"), data)

    assert response.status_code == 200
    assert not Post.objects.filter(organisation=elsewhere).exists()


def test_csv_export_has_a_bom_labels_and_no_formulas(client, base):
    OrganisationFactory(name="=HYPERLINK(1)", high_hazard="undecided")

    response = client.get(url(Organisation, "list") + "?export=csv")

    body = b"".join(response)
    assert body.startswith(b"\xef\xbb\xbf")
    assert "'=HYPERLINK(1)" in body.decode()
    assert "undecided" not in body.decode()
    assert "待定" in body.decode()


def test_search_finds_chinese_in_the_middle_of_a_name(client, base):
    OrganisationFactory(name="吴川市示例塑料鞋厂")
    OrganisationFactory(name="吴川市示例加油站")

    response = client.get(url(Organisation, "list") + "?q=塑料")

    assert [o.name for o in response.context["object_list"]] == ["吴川市示例塑料鞋厂"]


@pytest.mark.parametrize("key", ["99999999999999999999", "²", "0"])
@pytest.mark.parametrize(
    ("model", "name"), [(Organisation, "industries"), (User, "groups")]
)
def test_filter_by_a_key_that_is_no_choice_says_so(client, model, name, key):
    client.force_login(UserFactory(is_superuser=True))

    response = client.get(url(model, "list"), {name: key})

    assert response.status_code == 200
    assert list(response.context["filters"].form.errors) == [name]


def test_nothing_is_deleted_in_bulk(client, base):
    organisation = OrganisationFactory()
    address = reverse("wagtail_bulk_action", args=["people", "organisation", "delete"])

    response = client.post(f"{address}?id={organisation.pk}")

    assert response.status_code == 404
    assert Organisation.objects.filter(pk=organisation.pk).exists()


def test_pages_of_rows_say_in_words_what_they_hold(client, base):
    post = PostFactory(person__name="李海生", exposed=True)

    page = client.get(url(Post, "inspect", post.pk)).text

    assert "李海生 · 其他从业人员 · 2016-01-01" in page
    assert not {"None", "True", "False", "OTHER_STAFF"} & set(
        re.findall(r"<dd>\s*(\w+)\s*</dd>", page)
    )
    assert re.search(r"<dd>\s*是\s*</dd>", page)


def test_the_page_of_a_person_shows_the_posts_one_sees(client, town_officer):
    here = PostFactory(organisation__town=town_officer.town)
    elsewhere = PostFactory(person=here.person, organisation__name="别处单位")

    page = client.get(url(Person, "inspect", here.person_id)).text

    assert url(Post, "inspect", here.pk) in page
    assert url(Post, "inspect", elsewhere.pk) not in page
    assert "别处单位" not in page


def test_audit_log_says_what_was_done_in_words(client):
    client.force_login(UserFactory(is_superuser=True))
    event = AuditEvent.objects.create(
        action="person.create", object_type="people.person", object_id="901"
    )
    AuditEvent.objects.create(action="person.change")

    shown = client.get(url(AuditEvent, "list"), {"action": "person.create"})
    row = client.get(url(AuditEvent, "inspect", event.pk)).text
    sheet = client.get(url(AuditEvent, "list"), {"export": "csv"}).getvalue().decode()

    assert list(shown.context["object_list"]) == [event]
    for text in (shown.text, row, sheet):
        assert "登记人员" in text
        assert "人员 901" in text


def test_account_filter_offers_our_own_groups_only(client):
    client.force_login(UserFactory(is_superuser=True))

    groups = client.get(url(User, "list")).context["filters"].form.fields["groups"]

    assert {str(group) for group in groups.queryset} == {BASE, OFFICER, EDITOR, "审稿"}


def test_headings_of_an_export_say_whose_name_it_is(client, base):
    PostFactory()

    sheet = client.get(url(Post, "list"), {"export": "csv"}).getvalue().decode()

    assert sheet.removeprefix("\ufeff").split(",")[:4] == [
        "姓名",
        "证件号码",
        "统一社会信用代码",
        "单位",
    ]


def test_audit_log_is_read_only_even_for_superusers(client):
    client.force_login(UserFactory(is_superuser=True))

    response = client.get(url(AuditEvent, "add"))

    assert response.status_code == 302
    assert client.get(url(AuditEvent, "list")).status_code == 200


def test_number_is_revealed_for_a_reason_that_is_kept(client, base):
    person = PersonFactory()
    address = reverse("people_admin:reveal", args=[person.pk])

    without = client.post(address, {"reason": " "})
    revealed = client.post(address, {"reason": "核对证书申请"})

    assert person.id_number not in without.content.decode()
    assert person.id_number in revealed.content.decode()
    event = AuditEvent.objects.get(action="person.reveal_number")
    assert (event.actor, event.object_id) == (base, str(person.pk))
    assert event.reason == "核对证书申请"
    assert person.id_number not in str(event.data)


def test_listing_shows_masked_numbers_only(client, base):
    person = PersonFactory()

    body = client.get(url(Person, "list")).content.decode()

    assert person.id_masked in body
    assert person.id_number not in body


def test_person_is_put_on_record_once(client, base):
    number = "440899197803120014"
    data = {"name": "李海生", "id_type": "RESIDENT", "number": number, "phone": ""}

    first = client.post(url(Person, "add"), data)
    second = client.post(url(Person, "add"), data)

    assert (first.status_code, second.status_code) == (302, 200)
    assert Person.objects.get().id_masked == "440899********0014"


def test_base_staff_do_not_make_accounts(client, base):
    response = client.post(url(User, "add"), {"username": "me", "access": "CITY"})

    assert response.status_code == 302
    assert not User.objects.filter(username="me").exists()


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


@pytest.mark.parametrize("field", ["person", "organisation"])
@pytest.mark.parametrize("choice", ["foreign", "abc", "9" * 30])
def test_a_refused_form_names_nobody_of_another_town(
    client, town_officer, field, choice
):
    own = PostFactory(organisation__town=town_officer.town)
    other = PostFactory(person__name="外镇某人", organisation__name="外镇某厂")
    data = {"person": own.person_id, "organisation": own.organisation_id}
    data[field] = getattr(other, f"{field}_id") if choice == "foreign" else choice

    for page in (url(Post, "add"), url(Post, "edit", own.pk)):
        response = client.post(page, data)

        assert response.status_code == 200
        assert "外镇" not in response.text
        assert "不能选择您管辖范围以外的单位或人员" in response.text


def test_staff_choose_a_theme_without_a_first_and_a_last_name(client, base):
    address = reverse("wagtailadmin_account")
    page = client.get(address).content.decode()
    chosen = {"theme-theme": "dark", "theme-contrast": "system"}
    chosen |= {"theme-density": "default", "locale-current_time_zone": "Asia/Shanghai"}
    chosen |= {"locale-preferred_language": "zh-hans"}

    response = client.post(address, chosen)

    assert "first_name" not in page
    assert response.status_code == 302
    assert base.wagtail_userprofile.theme == "dark"
