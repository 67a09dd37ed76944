"""People are found by number and phone, and neither stands in an address."""

import logging

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from lms.access.groups import EDITOR
from lms.evidence.models import AuditEvent
from lms.people.identity.numbers import IdentityError
from lms.people.models import Organisation, Person
from lms.people.services.people import change_person, correct_identity
from tests.factories.people import PersonFactory, PostFactory, StaffFactory

pytestmark = pytest.mark.django_db
NUMBER, RIGHT = "440899199003070011", "440899199003070038"
PHONE, WHY = "19900000011", "录入时看错一位"
LIST = "/admin/snippets/people/person/"


@pytest.fixture
def wang():
    person = PersonFactory(name="王芳", number=NUMBER)
    return change_person(person, name="王芳", phone=PHONE, actor=StaffFactory())


@pytest.mark.parametrize(
    "words",
    [NUMBER, f" {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]} ", "１９９ 0000 0011", PHONE],
    ids=["number", "spaced", "wide phone", "phone"],
)
def test_number_and_phone_in_full_find_exactly_one(client, base, wang, words, caplog):
    PersonFactory(name="李明")

    with caplog.at_level(logging.DEBUG):
        answer = client.post(reverse("people_admin:find"), {"words": words})

    assert answer["Location"] == f"{LIST}inspect/{wang.pk}/"
    assert NUMBER not in caplog.text
    assert PHONE not in caplog.text


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("0011", True),
        ("王", True),
        ("王 芳", True),
        (NUMBER[:-1], False),
        ("0034", False),
    ],
    ids=["last digits", "part of name", "spaced", "cut number", "other"],
)
def test_people_are_found_by_what_is_known_of_them(wang, words, found):
    PersonFactory(name="李明", number="440899199003070054")

    assert list(Person.objects.matching(words)) == ([wang] if found else [])


def test_an_officer_finds_nobody_of_another_town(client, town_officer, wang):
    PostFactory(person=wang)

    answer = client.post(reverse("people_admin:find"), {"words": NUMBER})

    assert answer.status_code == 200
    assert "王芳" not in answer.text


def test_the_listing_searches_by_a_posted_form_only(client, base, wang):
    listing = client.get(LIST, {"q": NUMBER}).text

    assert f'action="{reverse("people_admin:find")}"' in listing
    assert 'name="q"' not in listing
    asked = client.get(reverse("people_admin:find"), {"q": NUMBER, "words": NUMBER})
    assert asked.status_code == 200
    assert "王芳" not in asked.text
    assert NUMBER not in asked.text


def test_a_name_leads_to_the_file_and_an_organisation_to_its_people(client, base, wang):
    post = PostFactory(person=wang)
    inspect = f"{LIST}inspect/{wang.pk}/"
    organisation = Organisation.snippet_viewset.get_url_name("inspect")

    assert f'href="{inspect}"' in client.get(LIST).text
    page = client.get(reverse(organisation, args=[post.organisation_id])).text
    assert "今天在岗：1 人" in page
    assert f'href="{inspect}"' in page


def test_a_wrong_number_is_corrected_with_reason_and_trace(client, base, wang):
    post = PostFactory(person=wang)
    address = reverse("people_admin:correct", args=[wang.pk])
    form = {"id_type": "RESIDENT", "number": RIGHT, "reason": WHY}

    answer = client.post(address, form)

    wang.refresh_from_db()
    event = AuditEvent.objects.get(action="person.correct_identity")
    assert answer["Location"] == f"{LIST}inspect/{wang.pk}/"
    assert wang.id_number == RIGHT
    assert list(Person.objects.matching(RIGHT)) == [wang] == [post.person]
    assert (event.actor, event.reason) == (base, WHY)
    assert event.data == {
        "changes": {"id_masked": ["440899********0011", "440899********0038"]}
    }


def test_a_number_of_somebody_else_or_without_reason_is_refused(client, base, wang):
    other = PersonFactory(number=RIGHT)
    codes = {}
    for number, reason in ((RIGHT, WHY), (NUMBER, WHY), ("44089919900307003X", WHY)):
        with pytest.raises(IdentityError) as refusal:
            correct_identity(
                wang, id_type="RESIDENT", number=number, reason=reason, actor=base
            )
        codes[number] = refusal.value.code
    with pytest.raises(IdentityError) as refusal:
        correct_identity(wang, id_type="RESIDENT", number=RIGHT, reason="", actor=base)

    assert list(codes.values()) == ["already_there", "unchanged", "bad_check_digit"]
    assert refusal.value.code == "no_reason"
    form = {"id_type": "RESIDENT", "number": RIGHT, "reason": WHY}
    page = client.post(reverse("people_admin:correct", args=[wang.pk]), form).text
    assert "这个证件号码已经登记过" in page
    assert other.name not in page


def test_people_of_one_name_are_told_apart_by_unit_town_and_role(client, base, wang):
    post = PostFactory(person=wang)
    PersonFactory(name="王芳", number="440899199003070054")

    page = client.post(reverse("people_admin:find"), {"words": "王芳"}).text

    row = page.split(f"inspect/{wang.pk}/")[1].split("</tr>")[0]
    organisation = post.organisation
    for said in (organisation.name, organisation.town.name, post.get_role_display()):
        assert f"<td>{said}</td>" in row
    assert 'value="王芳"' in page


def test_home_finds_people_by_a_posted_form_and_pages_for_an_editor(client, base):
    home = client.get(reverse("wagtailadmin_home")).text
    assert f'action="{reverse("people_admin:find")}"' in home
    assert 'name="q"' not in home

    editor = StaffFactory()
    editor.groups.add(Group.objects.get(name=EDITOR))
    client.force_login(editor)
    home = client.get(reverse("wagtailadmin_home")).text
    assert 'class="find-person"' not in home
    assert 'name="q"' in home


def test_the_sidebar_finds_people_for_staff_who_see_them_else_pages(client, base):
    find = reverse("people_admin:find")
    props = 'id="wagtail-sidebar-props"'

    page = client.get(reverse("wagtailadmin_home")).text
    assert f'"{find}"' in page.split(props)[1].split("</script>")[0]

    editor = StaffFactory()
    editor.groups.add(Group.objects.get(name=EDITOR))
    client.force_login(editor)
    page = client.get(reverse("wagtailadmin_home")).text
    assert f'"{find}"' not in page.split(props)[1].split("</script>")[0]


def test_the_number_of_an_official_certificate_finds_its_holder(wang):
    PersonFactory(name="李明")

    assert list(Person.objects.matching(f"T{NUMBER}")) == [wang]
