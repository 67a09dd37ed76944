"""The certificates of a class on its desk: numbers, people, issuing, printing."""

import datetime as dt
import io

import pypdfium2
import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from python_calamine import CalamineWorkbook

from certificates.models import (
    Certificate,
    CertificateKind,
    ProgrammeProof,
    ReasonClass,
)
from certificates.services import issue_certificate, suspend_certificate
from courses.models import TrainingClass
from courses.services import withdraw
from lms.access.groups import BASE, OFFICER
from lms.jobs.models import Job
from lms.jobs.runner import run_due
from lms.people.models import Town, User
from tests.factories.people import PersonFactory, PostFactory, StaffFactory
from tests.factories.proofs import ResultFactory, TrainedFactory, earn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]


@pytest.fixture
def base(client):
    user = User.objects.create(username="base", access="CITY")
    user.groups.add(Group.objects.get(name=BASE))
    client.force_login(user)
    return user


@pytest.fixture
def people():
    """A class with one person in each standing towards the proof, by group."""
    held = earn(enrolment__person__name="甲")
    training_class = held.training_class
    proof = issue_certificate(held, kind=training_class.programme.proofs.get().kind)

    def another(name, **fields):
        return TrainedFactory(
            training_class=training_class, person__name=name, **fields
        )

    due = earn(enrolment=another("乙"))
    refused = earn(enrolment=another("李𪚥"))
    failed = another("丙")
    ResultFactory(enrolment=failed, passed=False, score=55)
    return (
        training_class,
        {
            "held": [held],
            "due": [due],
            "hours": [earn(enrolment=another("丁", hours_met_on=None))],
            "exam": [failed],
            "both": [another("戊", hours_met_on=None)],
            "refused": [refused],
        },
        proof,
    )


def desk_of(training_class):
    name = TrainingClass.snippet_viewset.get_url_name("inspect")
    return reverse(name, args=[training_class.pk])


def act_on(training_class):
    name = TrainingClass.snippet_viewset.get_url_name("act")
    return reverse(name, args=[training_class.pk, "issue"])


def section_on(page):
    found = [one for one in page.context["sections"] if one.anchor == "certificates"]
    return found[0] if found else None


def test_every_number_of_the_certificates_leads_to_exactly_its_people(
    client, base, people
):
    training_class, groups, _proof = people
    desk = desk_of(training_class)

    numbers = section_on(client.get(desk)).table.numbers

    assert [(str(one.label), one.count) for one in numbers] == [
        ("全部", 6),
        ("已出具", 1),
        ("已取得、待出具", 1),
        ("学时未满", 1),
        ("考试尚未合格", 1),
        ("学时未满且考试尚未合格", 1),
        ("不能出具", 1),
    ]
    for number, expected in zip(numbers[1:], groups.values(), strict=True):
        shown = section_on(client.get(desk + number.url)).table.shown
        assert [one.enrolment for one in shown] == expected


def test_each_person_is_there_with_result_state_number_and_days(client, base, people):
    training_class, _groups, proof = people

    body = client.get(desk_of(training_class), {"export": "certificates"}).getvalue()

    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    heading, *rows = book.get_sheet_by_index(0).to_python()
    assert heading == [
        *("人员", "证件号码", "单位", "镇街", "人员类别"),
        *("考试", "第几次", "证明", "编号", "有效期"),
    ]
    said = {row[0]: row[5:] for row in rows}
    assert said["甲"] == [
        "✓ 92 · 合格",
        "第 1 次 · 2021-11-21",
        "✓ 已出具 · 有效",
        proof.number,
        "2021-11-21 – 长期有效",
    ]
    assert said["丙"][0] == "✗ 55 · 不合格"
    assert said["戊"] == ["", "", "学满学时并考试合格后出具", "", ""]
    assert said["李𪚥"][2].startswith("不能出具：")


def test_a_suspended_certificate_says_so_and_is_not_printed(client, base, people):
    training_class, _groups, proof = people
    suspend_certificate(
        proof, reason_class=ReasonClass.UNDER_INVESTIGATION, reason="举报"
    )

    page = client.get(desk_of(training_class))

    assert "已出具 · 暂扣" in page.text
    assert [
        link for link in section_on(page).context["links"] if "print" in link.url
    ] == []
    assert (
        client.get(
            f"/admin/certificates/issue/class/{training_class.pk}/print/"
        ).status_code
        == 404
    )


@pytest.mark.parametrize("more", [0, 2])
def test_the_certificates_cost_the_same_for_any_number_of_people(
    client, base, django_assert_num_queries, more
):
    held = earn()
    training_class = held.training_class
    kind = training_class.programme.proofs.get().kind
    for _number in range(more):
        earn(enrolment=TrainedFactory(training_class=training_class))
    for enrolment in training_class.enrolments.all():
        issue_certificate(enrolment, kind=kind)
    for number in range(1 + more):
        TrainedFactory(training_class=training_class, hours_met_on=None)
        strange = PersonFactory(name=f"李𪚥{number}")
        for person in (PersonFactory(), strange):
            earn(enrolment=TrainedFactory(training_class=training_class, person=person))
    client.get(desk_of(training_class))

    # Twenty-seven of the desk; of the certificates: whether the programme earns any,
    # enrolments, version of the kinds, passes, certificates, five of those earned and
    # not issued (passes, hours, cycles, proofs, issuers), the day twice, the rule set,
    # states, posts, attempts, the last issue.
    with django_assert_num_queries(42):
        page = client.get(desk_of(training_class))

    counts = [one.count for one in section_on(page).table.numbers]
    assert counts == [4 * (1 + more), *[1 + more] * 4]


def test_before_issuing_one_reads_for_whom_and_why_not_for_the_others(
    client, base, people
):
    training_class, _groups, _proof = people

    said = str(client.get(act_on(training_class)).context["consequence"]).split("\n")

    assert said[0] == "已取得、待出具：1 人 – 乙"
    assert "已出具：1 人 – 甲" in said
    assert "学满学时并考试合格后出具：1 人 – 戊" in said
    (refused,) = [line for line in said if line.startswith("不能出具：")]
    assert refused.endswith("1 人 – 李𪚥")
    assert len(said) == 6


def test_a_class_that_brings_two_kinds_tells_them_apart(client, base, people):
    training_class, _groups, _proof = people
    hours = CertificateKind.objects.get(code="HOURS_PROOF")
    training_class.programme.proofs.create(kind=hours)

    said = str(client.get(act_on(training_class)).context["consequence"]).split("\n")
    table = section_on(client.get(desk_of(training_class))).table

    due = dict(line.split(" – ") for line in said[:2])
    assert {why: set(names.split("、")) for why, names in due.items()} == {
        "学时证明 · 已取得、待出具：3 人": {"甲", "乙", "丙"},
        "安全生产培训合格证明 · 已取得、待出具：1 人": {"乙"},
    }
    assert "安全生产培训合格证明 · 已出具：1 人 – 甲" in said
    kinds = {row[-2][1].note for row in table.rows}
    assert kinds == {"学时证明", "安全生产培训合格证明"}


def test_the_desk_issues_and_then_tells_how_many_and_each_refusal(client, base, people):
    training_class, _groups, _proof = people

    answer = client.post(act_on(training_class))
    waiting = client.get(answer["Location"])
    again = client.post(act_on(training_class))
    run_due()
    done = client.get(desk_of(training_class))

    job = Job.objects.get()
    assert answer["Location"] == again["Location"] == desk_of(training_class)
    assert (job.created_by, job.state) == (base, "done")
    assert "job-progress" in waiting.text
    assert reverse("jobs:state", args=[job.uuid]) in waiting.text
    assert "新出具 1 份，原已出具 1 份，不能出具 1 份" in done.text
    assert section_on(done).context["refused"][0][0] == "李𪚥"
    assert Certificate.objects.count() == 2
    client.post(act_on(training_class))
    run_due()
    assert [job.result["issued"] for job in Job.objects.order_by("pk")] == [1, 0]


def test_the_issue_of_yesterday_is_not_told_today(client, base, people):
    training_class, _groups, _proof = people
    client.post(act_on(training_class))
    run_due()
    job = Job.objects.get()
    Job.objects.update(finished_at=job.finished_at - dt.timedelta(days=1))

    page = client.get(desk_of(training_class))

    assert "job" not in section_on(page).context


def test_officers_see_the_certificates_and_issue_none(client, people):
    training_class, _groups, _proof = people
    officer = User.objects.create(username="officer", access="CITY")
    officer.groups.add(Group.objects.get(name=OFFICER))
    client.force_login(officer)

    page = client.get(desk_of(training_class))
    answer = client.post(act_on(training_class))

    assert len(section_on(page).table.shown) == 6
    assert act_on(training_class) not in page.text
    assert answer["Location"] == "/admin/"
    assert not Job.objects.exists()


def test_a_town_officer_sees_and_prints_the_people_of_the_town_only(client, people):
    training_class, groups, _proof = people
    (held,) = groups["held"]
    town = Town.objects.create(code="440883999", name="无人镇")
    officer = StaffFactory(access="TOWN", town=town)
    officer.groups.add(Group.objects.get(name=OFFICER))
    client.force_login(officer)
    print_page = reverse("issue:print", args=[training_class.pk])

    page = client.get(desk_of(training_class))

    assert section_on(page) is None
    assert held.person.name not in page.text
    assert client.get(print_page).status_code == 404


def test_a_certificate_out_of_reach_is_neither_printed_nor_numbered(client, people):
    training_class, groups, proof = people
    (held,) = groups["held"]
    officer = StaffFactory(access="TOWN", town=held.organisation.town)
    officer.groups.add(Group.objects.get(name=OFFICER))
    client.force_login(officer)
    print_page = reverse("issue:print", args=[training_class.pk])

    def seen():
        text = client.get(desk_of(training_class)).text
        paper = client.get(reverse("certificates:pdf", args=[proof.uuid]))
        statuses = paper.status_code, client.get(print_page).status_code
        return held.person.name in text, proof.number in text, *statuses

    elsewhere = seen()
    post = PostFactory(person=held.person, organisation=held.organisation)

    assert elsewhere == (True, False, 404, 404)
    assert post.organisation.town == officer.town
    assert seen() == (True, True, 200, 200)


def test_a_person_who_left_after_meeting_the_hours_is_still_there(client, base, people):
    training_class, groups, _proof = people
    for enrolment in (*groups["both"], *groups["due"]):
        type(enrolment).objects.filter(pk=enrolment.pk).update(passed_on=None)
        enrolment.refresh_from_db()
        withdraw(enrolment, reason="调岗")

    shown = section_on(client.get(desk_of(training_class))).table.shown

    names = {one.enrolment.person.name for one in shown}
    assert ("乙" in names, "戊" in names) == (True, False)


def test_the_proofs_of_a_class_are_printed_as_one_file_a_page_each(
    client, base, people
):
    training_class, groups, _proof = people
    kind = training_class.programme.proofs.get().kind
    issue_certificate(groups["due"][0], kind=kind)

    page = client.get(desk_of(training_class))
    (link,) = [one for one in section_on(page).context["links"] if "print" in one.url]
    response = client.get(link.url)

    assert link.label == "打印 2 份证明（PDF）"
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    document = pypdfium2.PdfDocument(response.content)
    texts = [sheet.get_textpage().get_text_bounded() for sheet in document]
    assert len(texts) == 2
    numbers = [row.number for row in Certificate.objects.order_by("holder_name")]
    assert [any(n in text for text in texts) for n in numbers] == [True, True]


def test_only_classes_that_earn_a_proof_of_the_base_can_be_chosen(client, base, people):
    training_class, _groups, _proof = people
    official = TrainedFactory(training_class__number="2021-77").training_class
    ProgrammeProof.objects.create(
        programme=official.programme,
        kind=CertificateKind.objects.get(code="SPECIAL_OPERATION"),
    )
    listing = reverse(TrainingClass.snippet_viewset.get_url_name("list"))

    choices = client.get(reverse("issue:choose")).context["form"].fields
    chosen = client.get(reverse("issue:choose"), {"training_class": official.pk})

    assert list(choices["training_class"].queryset) == [training_class]
    assert chosen.status_code == 200
    assert act_on(official) not in client.get(listing).text
    assert act_on(training_class) in client.get(desk_of(training_class)).text


def test_a_class_whose_programme_brings_no_certificate_offers_none(client, base):
    training_class = TrainedFactory(person=PersonFactory()).training_class

    page = client.get(desk_of(training_class))
    answer = client.get(act_on(training_class), follow=True)

    section = section_on(page)
    assert [str(one.label) for one in section.table.numbers] == ["不出具证明"]
    assert section.context["links"] == []
    assert "已经不能这样操作" in answer.text
