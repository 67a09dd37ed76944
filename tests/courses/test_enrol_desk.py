"""The desk of a class: lists of people as a clerk types them."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from courses.models import Enrolment, TrainingClass
from lms.people.identity.numbers import id_check_digit, mask_number, person_key
from tests.factories.classes import (
    EnrolmentFactory,
    ProgrammeFactory,
    TrainingClassFactory,
)
from tests.factories.people import (
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


LI = "44088319900101123" + id_check_digit("44088319900101123")
NOT_FOUND = "没找到，请核对姓名；没有登记过的，先在“人员”里登记"
CHEN = "44088319910202345" + id_check_digit("44088319910202345")


@pytest.fixture
def admin(client):
    user = UserFactory(is_superuser=True, access="CITY")
    client.force_login(user)
    return user


@pytest.fixture
def training_class():
    return TrainingClassFactory(programme__audience="OTHER", state="ENROLLING")


def url(name, *args, model="trainingclass"):
    return reverse(f"wagtailsnippets_courses_{model}:{name}", args=args)


def resident(name, number):
    return PersonFactory(
        name=name,
        id_key=person_key("RESIDENT", number),
        id_masked=mask_number(number),
    )


def enrol(client, training_class, people, **fields):
    return client.post(
        url("act", training_class.pk, "enrol"),
        {"people": people, **fields},
        follow=True,
    )


def faults(response):
    return response.context["form"].non_field_errors()


@pytest.mark.parametrize(
    "line",
    [
        "李海生",
        "李 海 生",
        f"李海生 {LI}",
        f"李海生，{LI.lower()}",
        f"李海生{LI}",
        f"{LI} 李海生",
        LI,
        f"李海生 {LI[-4:]}",
        "".join(chr(ord(sign) + 0xFEE0) for sign in LI),
    ],
    ids=[
        "name",
        "name with spaces",
        "name and number",
        "comma, lower case",
        "nothing between",
        "number first",
        "number",
        "last four",
        "full width",
    ],
)
def test_a_line_is_a_name_or_a_number_or_both(client, admin, training_class, line):
    li = resident("李海生", LI)
    resident("陈大文", CHEN)

    enrol(client, training_class, line)

    assert [e.person for e in training_class.enrolments.all()] == [li]


def test_a_passport_number_means_its_holder(client, admin, training_class):
    holder = PersonFactory(id_key=person_key("PASSPORT", "E12345678"))

    enrol(client, training_class, "e12345678")

    assert training_class.enrolments.get().person == holder


def test_what_is_wrong_is_said_line_by_line_and_the_text_stays(
    client, admin, training_class
):
    resident("李海生", LI)
    resident("陈大文", CHEN)
    namesakes = PersonFactory.create_batch(2, name="王海")
    post = PostFactory(person=namesakes[0])
    wrong = LI[:-1] + ("1" if LI[-1] != "1" else "2")
    text = f"李海生\n\n没此人\n王海\n李海生 {CHEN}\n陈大文 {wrong}"

    response = enrol(client, training_class, text)

    assert faults(response) == [
        f"第3行 没此人：{NOT_FOUND}",
        "第4行 王海：有2人同名，请在姓名后加证件号码末四位："
        f"{namesakes[0].id_masked[-4:]}（{post.organisation.name}）、"
        f"{namesakes[1].id_masked[-4:]}（—）",
        f"第5行 李海生 {mask_number(CHEN)}：这个证件号码登记的是另一个姓名。",
        f"第6行 陈大文 {mask_number(wrong)}：证件号码有误：校验码不对。",
    ]
    assert response.context["form"]["people"].value() == text
    assert Enrolment.objects.count() == 0


def test_an_unknown_number_is_shown_masked_only(client, admin, training_class):
    response = enrol(client, training_class, f"{LI}")

    [fault] = faults(response)
    assert (LI in fault, mask_number(LI) in fault) == (False, True)


def test_a_full_class_keeps_the_list(client, admin):
    training_class = TrainingClassFactory(
        programme__audience="OTHER", state="ENROLLING", capacity=1
    )
    PersonFactory.create_batch(1, name="李海生")
    PersonFactory.create_batch(1, name="陈大文")

    response = enrol(client, training_class, "李海生\n陈大文")

    form = response.context["form"]
    assert form.non_field_errors() == [
        "共 1 个名额，还剩 1 个，名单里新增 2 人：李海生、陈大文。"
        "请从名单里去掉几人，或者增加班次名额。"
    ]
    assert form["people"].value() == "李海生\n陈大文"
    assert training_class.enrolments.count() == 0


def test_an_employer_narrows_the_list_down(client, admin, training_class):
    PersonFactory(name="李海生")

    response = enrol(
        client, training_class, "李海生", organisation=OrganisationFactory().pk
    )

    assert faults(response) == [f"第1行 李海生：{NOT_FOUND}"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("DRAFT", "还不能加人"),
        ("FILED", "还不能加人"),
        ("ENROLLING", ""),
        ("RUNNING", ""),
        ("CLOSED", "不再收人"),
    ],
    ids=str,
)
def test_the_list_is_offered_while_the_class_takes_people(client, admin, state, words):
    training_class = TrainingClassFactory(state=state)

    page = client.get(url("inspect", training_class.pk)).text

    offered = url("act", training_class.pk, "enrol") in page
    assert offered is not bool(words)
    assert words in page


def test_a_list_sent_too_late_is_not_lost(client, admin):
    training_class = TrainingClassFactory(state="CLOSED")
    PersonFactory(name="李海生")

    response = enrol(client, training_class, "李海生")

    assert response.context["form"]["people"].value() == "李海生"
    assert training_class.enrolments.count() == 0


def test_who_may_only_look_enrols_nobody(client, training_class):
    user = UserFactory(access="CITY")
    for codename in ("access_admin", "view_trainingclass"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(user)
    PersonFactory(name="李海生")

    assert client.get(url("inspect", training_class.pk)).status_code == 200
    enrol(client, training_class, "李海生")

    assert training_class.enrolments.count() == 0


def test_rows_open_the_desk_and_saving_leads_there(client, admin):
    programme = ProgrammeFactory()
    facts = {
        "number": "吴培〔2026〕901",
        "programme": programme.pk,
        "title": "新班",
        "planned_hours": "8",
        "capacity": "60",
        "starts_on": "2026-05-04",
        "ends_on": "2026-05-20",
        "venue": "",
        "funding": "OTHER",
    }

    made = client.post(url("add"), facts)

    training_class = TrainingClass.objects.get()
    desk = url("inspect", training_class.pk)
    assert made.url == desk
    client.get(desk)  # says that it was made, with a link to the form
    listing = client.get(url("list")).text
    assert desk in listing
    assert url("edit", training_class.pk) not in listing
    assert url("edit", training_class.pk) in client.get(desk).text
    assert client.post(url("edit", training_class.pk), facts).url == desk


def test_an_enrolment_is_named_by_its_person_and_class(client, admin):
    enrolment = EnrolmentFactory()

    page = client.get(url("inspect", enrolment.pk, model="enrolment"))

    named = f"{enrolment.person} · {enrolment.training_class}"
    assert page.context["page_subtitle"] == named
    assert str(enrolment.uuid) not in page.text


def test_a_name_no_font_can_print_is_said_at_enrolment(client, admin, training_class):
    resident("李𪚥", LI)
    resident("陈𪛖", CHEN)
    PersonFactory(name="吴兰")

    (fault,) = faults(enrol(client, training_class, "李𪚥\n吴兰\n陈𪛖"))

    for words in ("李𪚥、陈𪛖", "𪚥 𪛖"):
        assert words in fault
    assert "吴兰" not in fault
    assert not training_class.enrolments.exists()


def test_enrolling_says_how_many_and_who_was_in_the_class_before(
    client, admin, training_class
):
    for name in ("李海", "陈文", "吴兰"):
        PersonFactory(name=name)

    first = enrol(client, training_class, "李海\n陈文")
    second = enrol(client, training_class, "李海\n吴兰\n陈文")

    said = [
        str(message) for page in (first, second) for message in page.context["messages"]
    ]
    assert said == [
        "新入班 2 人。",
        "新入班 1 人。 其他人没有，原因：已在班：2 人 – 李海、陈文。",
    ]


@pytest.mark.parametrize("typed", ["买买提・吐尔逊", "买买提.吐尔逊"])
def test_a_name_is_found_with_any_dot(client, admin, training_class, typed):
    resident("买买提·吐尔逊", LI)

    enrol(client, training_class, typed)

    assert training_class.enrolments.count() == 1


def test_a_class_has_title_and_hours_of_its_programme_where_none_are_typed(
    client, admin
):
    programme = ProgrammeFactory(title="有限空间作业专项培训", planned_hours=12)
    facts = {"number": "吴培〔2026〕M1", "programme": programme.pk, "capacity": 30}
    facts |= {"starts_on": "2026-05-04", "ends_on": "2026-05-05", "venue": ""}
    facts |= {"funding": "SPECIAL_FUND", "in_person_hours": ""}

    client.post(url("add"), facts | {"title": "", "planned_hours": ""})
    client.post(
        url("add"), facts | {"number": "M2", "title": "一班", "planned_hours": "8"}
    )

    made = TrainingClass.objects.order_by("pk").values_list("title", "planned_hours")
    assert list(made) == [("有限空间作业专项培训", 12), ("一班", 8)]
