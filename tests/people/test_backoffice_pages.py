"""Lists, exports and pages of the back office: what they cost and what they say."""

import re

import pytest
from django.urls import reverse
from wagtail.users.models import UserProfile

from lms.access.groups import BASE, EDITOR, OFFICER
from lms.evidence.models import AuditEvent
from lms.people.models import Headcount, Organisation, Person, Post, User
from tests.factories.people import (
    OrganisationFactory,
    PostFactory,
    StaffFactory,
)
from tests.people.addresses import url

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Choose organisation"), ("zh-hans", "选择 单位")]
)
def test_chooser_speaks_the_language_of_the_reader(client, base, language, words):
    client.get(url(Post, "add"))
    base.wagtail_userprofile = UserProfile(user=base, preferred_language=language)
    base.wagtail_userprofile.save()

    assert words in client.get(url(Post, "add")).text


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
    client.force_login(StaffFactory(is_superuser=True))

    response = client.get(url(model, "list"), {name: key})

    assert response.status_code == 200
    assert list(response.context["filters"].form.errors) == [name]


def test_pages_of_rows_say_in_words_what_they_hold(client, base):
    post = PostFactory(person__name="李海生", exposed=True)

    page = client.get(url(Post, "inspect", post.pk)).text

    assert "李海生 · 其他从业人员 · 2016-01-01" in page
    assert not {"None", "True", "False", "OTHER_STAFF"} & set(
        re.findall(r"<dd>\s*(\w+)\s*</dd>", page)
    )
    assert re.search(r"<dd>\s*是\s*</dd>", page)


def test_audit_log_says_what_was_done_in_words(client):
    client.force_login(StaffFactory(is_superuser=True))
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
    client.force_login(StaffFactory(is_superuser=True))

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


def test_the_file_of_a_person_has_posts_and_the_audit_trail_and_ends_a_post(
    client, base
):
    post = PostFactory(person__name="李海生")
    end = reverse(Post.snippet_viewset.get_url_name("act"), args=[post.pk, "end"])
    why = {"ends_on": "2026-06-30", "reason": "调离"}

    page = client.get(url(Person, "inspect", post.person_id)).text
    early = client.post(end, why | {"ends_on": "2015-12-31"})
    client.post(end, why)

    post.refresh_from_db()
    event = AuditEvent.objects.get(action="people.post.change")
    assert post.organisation.name in page
    assert f'href="{end}"' in page
    assert early.context["form"].non_field_errors()
    assert str(post.ends_on) == "2026-06-30"
    assert (event.actor, event.reason) == (base, "调离")
    assert event.data["changes"]["ends_on"] == [None, "2026-06-30"]


def test_the_file_of_an_organisation_counts_who_is_missing(client, base):
    post = PostFactory(person__name="李海生", exposed=True)
    Headcount.objects.create(
        organisation=post.organisation, declared_on="2026-01-01", staff=3, exposed=1
    )

    page = client.get(url(Organisation, "inspect", post.organisation_id))

    tables = [section.table for section in page.context["sections"]]
    assert [
        (said, held.label, gap)
        for _who, (_, said), (_, held), (_, gap) in tables[0].rows
    ] == [("3", "1", "2"), ("1", "1", "0")]
    assert url(Person, "inspect", post.person_id) in page.text


def test_the_numbers_of_an_organisation_lead_to_their_people(client, base):
    post = PostFactory(person__name="李海生", exposed=True)
    unit = post.organisation
    PostFactory(person=post.person, organisation=unit, role="PRINCIPAL")
    PostFactory(person__name="陈文", organisation=unit)
    desk = url(Organisation, "inspect", unit.pk)

    (headcount, people) = [
        section.table for section in client.get(desk).context["sections"][:2]
    ]

    for (_who, _said, (_, held), _gap), names in zip(
        headcount.rows, [{"李海生", "陈文"}, {"李海生"}], strict=True
    ):
        shown = client.get(desk + held.url).context["sections"][1].table.shown
        assert {posts[0].person.name for posts in shown} == names
        assert held.label == str(len(names)) == str(len(shown))
    assert {(str(one.label), one.count) for one in people.numbers} == {
        ("其他从业人员", 2),
        ("主要负责人", 1),
        ("接触职业危害人员", 1),
    }


def test_lists_of_people_say_unit_town_and_role_and_lead_to_the_person(client, base):
    post = PostFactory(person__name="李海生")

    for model in (Person, Post):
        page = client.get(url(model, "list")).text
        assert url(Person, "inspect", post.person_id) in page
        for words in (post.organisation.name, post.organisation.town.name):
            assert words in page
        assert post.get_role_display() in page
