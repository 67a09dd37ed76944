"""The desk of a sitting: what it counts, and the acts on it."""

import datetime as dt
import io
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from courses.models import TrainingClass
from exams.backoffice.viewsets import AttemptViewSet, SittingViewSet
from exams.exceptions import ExamRefusal
from exams.models import ProgrammeExam, Result
from exams.services.attempts import start_attempt
from exams.services.extra_time import agree_extra_time
from exams.services.finalise import close_attempt
from exams.services.release import release_result
from lms.evidence import clock
from lms.evidence.models import AuditEvent
from lms.people.models import Person, User
from tests.factories.bank import BlueprintFactory
from tests.factories.classes import EnrolmentFactory, TrainingClassFactory
from tests.factories.people import PersonFactory, PostFactory, WorkerFactory
from tests.factories.sittings import CandidateFactory, make_sitting

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    user = User.objects.create_superuser("boss", password="x")
    client.force_login(user)
    return user


def url(viewset, name, *args):
    return reverse(viewset().get_url_name(name), args=args)


def started(count, **fields):
    sitting = make_sitting(**fields)
    attempts = []
    for _number in range(count):
        person = PersonFactory()
        CandidateFactory(sitting=sitting, person=person)
        attempts.append(start_attempt(sitting, person=person, session="s"))
    return sitting, attempts


def test_the_desk_gives_time_and_releases_results(client, boss):
    sitting, [first, second] = started(2, release="staff")
    page = client.get(url(SittingViewSet, "act", sitting.pk, "extra-time"))
    batch = page.context["form"]["batch"].value()
    data = {"attempt": first.pk, "minutes": 10, "reason": "power cut"}
    for _double_click in range(2):
        client.post(
            url(SittingViewSet, "act", sitting.pk, "extra-time"),
            data | {"batch": batch},
        )
    before = first.deadline
    first.refresh_from_db()
    assert (first.deadline - before).seconds == 600
    close_attempt(second, by=boss, reason="ill")
    assert not Result.objects.exists()

    client.post(url(SittingViewSet, "act", sitting.pk, "release"))

    assert Result.objects.get().attempt == second
    assert client.get(url(SittingViewSet, "inspect", sitting.pk)).status_code == 200
    page = client.get(url(AttemptViewSet, "inspect", second.pk))
    assert page.status_code == 200


def test_the_desk_of_a_sitting_counts_who_is_where(client, boss):
    sitting, [first, _second] = started(2)
    CandidateFactory(sitting=sitting, person=PersonFactory())
    close_attempt(first, by=boss, reason="ill")

    page = client.get(url(SittingViewSet, "inspect", sitting.pk))

    facts = dict(page.context["facts"])
    assert facts["应考人数"] == 3
    names = ("正在作答", "已交卷", "还没开始")
    assert [facts[name].label for name in names] == ["1", "1", "1"]


def people_on(page):
    (section,) = [one for one in page.context["sections"] if one.anchor == "people"]
    return section.table


def test_every_number_of_a_sitting_leads_to_exactly_its_people(client, boss):
    sitting, [writing, waiting, out] = started(3, release="staff")
    absent = CandidateFactory(sitting=sitting, person=PersonFactory()).person
    for one in (waiting, out):
        close_attempt(one, by=boss, reason="ill")
    release_result(out, by=boss)
    desk = url(SittingViewSet, "inspect", sitting.pk)

    page = client.get(desk)

    groups = {
        "正在作答": [writing],
        "已交卷": [waiting, out],
        "还没开始": [None],
        "待公布成绩": [waiting],
        "不合格": [out],
    }
    numbers = {str(one.label): one for one in people_on(page).numbers}
    assert list(numbers) == ["全部", *groups]
    for label, attempts in groups.items():
        shown = people_on(client.get(desk + numbers[label].url)).shown
        assert {one.attempt for one in shown} == set(attempts), label
        assert numbers[label].count == len(shown) == len(attempts)
    (nobody,) = people_on(client.get(desk + numbers["还没开始"].url)).shown
    assert nobody.person == absent
    (note,) = [note for note in page.context["notes"] if note.links]
    shown = people_on(client.get(desk + note.links[0].url)).shown
    assert [one.attempt for one in shown] == [waiting]
    facts = dict(page.context["facts"])
    for label in ("正在作答", "已交卷", "还没开始"):
        assert facts[label].url == numbers[label].url


def test_the_desk_of_a_sitting_shows_unit_town_and_role_and_exports_them(client, boss):
    sitting, [attempt] = started(1)
    post = PostFactory(person=attempt.person, role="PRINCIPAL")
    desk = url(SittingViewSet, "inspect", sitting.pk)

    body = client.get(desk, {"export": "people"}).getvalue()

    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    heading, row = book.get_sheet_by_index(0).to_python()
    assert heading[:5] == ["人员", "证件号码", "单位", "镇街", "人员类别"]
    assert row[:5] == [
        attempt.person.name,
        attempt.person.id_masked,
        post.organisation.name,
        post.organisation.town.name,
        "主要负责人",
    ]


def test_the_desk_of_a_sitting_costs_the_same_for_any_number_of_attempts(
    client, boss, django_assert_num_queries
):
    sitting, _attempts = started(1)
    CandidateFactory(sitting=sitting, person=PersonFactory())
    desk = url(SittingViewSet, "inspect", sitting.pk)
    client.get(desk)
    with CaptureQueriesContext(connection) as one:
        client.get(desk)
    for _number in range(2):
        person = PersonFactory()
        CandidateFactory(sitting=sitting, person=person)
        CandidateFactory(sitting=sitting, person=PersonFactory())
        start_attempt(sitting, person=person, session="s")

    with django_assert_num_queries(len(one)):
        client.get(desk)


def test_extra_time_and_closing_time_are_shown_wherever_either_is_set(client, boss):
    day = dt.datetime(2090, 5, 4, 9, tzinfo=clock.SHANGHAI)
    sitting = make_sitting(
        opens_at=day, closes_at=day + dt.timedelta(hours=2), closing_cuts=True
    )
    person = PersonFactory()
    CandidateFactory(sitting=sitting, person=person)
    form = {"person": person.pk, "minutes": 15, "reason": "读写困难"}

    client.post(url(SittingViewSet, "act", sitting.pk, "agree-time"), form)

    assert sitting.candidates.get().extra_s == 900
    [entry] = AuditEvent.objects.filter(action="exams.extra_time")
    assert (entry.actor, entry.reason) == (boss, "读写困难")
    assert entry.data["changes"] == {"extra_s": [0, 900]}
    both = "最晚开始的考生可答题到 2090-05-04 11:00，有加时的可到 2090-05-04 11:15"
    for page in ("inspect", "edit"):
        assert both in client.get(url(SittingViewSet, page, sitting.pk)).text


def test_releasing_says_before_and_after_who_gets_a_result_and_why_not_others(
    client, boss
):
    sitting, [writing, waiting, told] = started(3, release="staff")
    absent = CandidateFactory(sitting=sitting, person=PersonFactory()).person
    for one in (waiting, told):
        close_attempt(one, by=boss, reason="ill")
    release_result(told, by=boss)
    names = {one: one.person.name for one in (writing, waiting, told)}
    act = url(SittingViewSet, "act", sitting.pk, "release")

    before = str(client.get(act).context["consequence"]).split("\n")
    page = client.post(act, follow=True)

    others = [
        f"正在作答：1 人 – {names[writing]}",
        f"成绩已公布过：1 人 – {names[told]}",
        f"还没开始：1 人 – {absent.name}",
    ]
    assert before[:2] == [
        "1 名考生会马上看到成绩。",
        f"成绩待公布：1 人 – {names[waiting]}",
    ]
    assert before[2:] == others
    (said,) = [str(message) for message in page.context["messages"]]
    assert said == f"已公布 1 份成绩。 其他人没有，原因：{'；'.join(others)}。"


def test_more_time_for_everybody_names_those_who_get_none(client, boss):
    sitting, [writing, done] = started(2)
    close_attempt(done, by=boss, reason="ill")
    act = url(SittingViewSet, "act", sitting.pk, "extra-time")
    form = {"batch": uuid.uuid4(), "attempt": "", "minutes": 5, "reason": "停电"}

    (said,) = client.post(act, form, follow=True).context["messages"]

    assert str(said).endswith(f"成绩已公布过：1 人 – {done.person.name}。")
    assert writing.person.name not in str(said)


def test_papers_made_ahead_are_counted(client, boss):
    sitting = make_sitting()
    act = url(SittingViewSet, "act", sitting.pk, "prepare")

    (said,) = client.post(act, follow=True).context["messages"]
    assert str(said) == "名单上没有还需要试卷的人。"

    CandidateFactory.create_batch(2, sitting=sitting)
    desk = client.get(url(SittingViewSet, "inspect", sitting.pk)).text
    assert "2 份试卷已备好 0 份。" in desk
    answer = client.post(act, follow=True)
    assert str(*answer.context["messages"]) == "2 份试卷已备好 2 份。"


@pytest.mark.parametrize("minutes", [-1, 241])
def test_extra_time_is_at_most_four_hours(client, boss, minutes):
    sitting = make_sitting()
    person = CandidateFactory(sitting=sitting).person
    form = {"person": person.pk, "minutes": minutes, "reason": "x"}

    client.post(url(SittingViewSet, "act", sitting.pk, "agree-time"), form)

    assert sitting.candidates.get().extra_s == 0


@pytest.mark.parametrize("who", ["running", "stranger"])
def test_extra_time_is_agreed_before_the_start_and_for_candidates(who):
    sitting, [attempt] = started(1)
    person = attempt.person if who == "running" else PersonFactory()

    with pytest.raises(ExamRefusal):
        agree_extra_time(sitting, person=person, seconds=60, reason="x")

    assert not AuditEvent.objects.filter(action="exams.extra_time").exists()


def test_the_desk_says_what_keeps_each_person_from_starting(client, boss):
    training_class = TrainingClassFactory()
    sitting = make_sitting(training_class=training_class, needs_hours=True)
    persons = {
        name: EnrolmentFactory(
            training_class=training_class, person__name=name, hours_met_on=met_on
        ).person
        for name, met_on in (
            ("学时", None),
            ("账号", clock.today()),
            ("身份", clock.today()),
            ("可考", clock.today()),
        )
    }
    for name in ("身份", "可考"):
        WorkerFactory(person=persons[name])
    Person.objects.exclude(name="可考").update(identity_checked_at=None)

    page = client.get(url(SittingViewSet, "inspect", sitting.pk))

    assert {one.person.name: one.hindrance for one in people_on(page).shown} == {
        "学时": "学时未满",
        "账号": "还没有账号：请打印登录纸条",
        "身份": "身份未核对",
        "可考": "",
    }


def test_the_exam_of_a_class_is_planned_from_its_desk(client, boss):
    exam = ProgrammeExam.objects.create(
        programme=TrainingClassFactory().programme,
        blueprint=BlueprintFactory(title="结业考试"),
        max_attempts=3,
    )
    training_class = exam.programme.classes.get()
    inspect = TrainingClass.snippet_viewset.get_url_name("inspect")
    desk = reverse(inspect, args=[training_class.pk])
    add = f"{url(SittingViewSet, 'add')}?training_class={training_class.pk}"

    assert f'href="{add}"' in client.get(desk).text
    form = client.get(add).context["form"]
    assert form["training_class"].value() == training_class.pk
    assert form["blueprint"].value() == exam.blueprint_id
    assert (form["title"].value(), form["max_attempts"].value()) == ("结业考试", 3)

    make_sitting(training_class=training_class)
    assert f'href="{add}"' not in client.get(desk).text
