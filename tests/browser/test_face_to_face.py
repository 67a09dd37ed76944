"""A class taught in person, run by staff at a desk from the programme to the proof."""

import datetime as dt
import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import expect

from certificates.models import CertificateKind, ProgrammeProof
from certificates.services import issue_awaiting
from courses.models import HourEntry, Programme, TrainingClass
from exams.models import Attempt, ProgrammeExam
from lms.evidence import clock
from lms.people.models import Post
from lms.plan.models import Plan
from lms.plan.reports.report import build_report
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.exam import answer_everything, begin
from tests.factories.classes import EnrolmentFactory
from tests.factories.people import OrganisationFactory, PersonFactory, UserFactory
from tests.factories.sittings import make_sitting

# How wide the page and its content are, scrolled or not.
SCROLLED = (
    "[document.documentElement.scrollWidth, document.querySelector('main').scrollWidth]"
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plan(db):
    year = clock.today().year
    return Plan.objects.create(
        code="NOW",
        name="现行规划",
        starts_on=dt.date(year, 1, 1),
        ends_on=dt.date(year + 4, 12, 31),
    )


def trained(plan):
    """Persons trained, and persons passed, by the plan that contains today."""
    measure = build_report(plan, day=clock.today())["IND-01"].measure
    passed = measure.variants["passed_persons"]
    return measure.headline.numerator, passed.numerator


def worker(name):
    person = PersonFactory(name=name)
    Post.objects.create(
        person=person,
        organisation=OrganisationFactory(),
        role="OTHER_STAFF",
        starts_on=dt.date(2026, 1, 5),
    )
    return person


def make_programme(desk, site):
    desk.goto(f"{site}/admin/snippets/courses/programme/add/")
    desk.fill("[name=code]", "F2F")
    desk.fill("[name=planned_hours]", "8")
    desk.fill("[name=title]", "有限空间作业面授培训")
    desk.select_option("[name=audience]", "OTHER_STAFF")
    desk.select_option("[name=kind]", "SPECIAL_TOPIC")
    desk.locator("main footer button[type=submit]").first.click()
    expect(desk.locator(".messages")).to_be_visible()
    return Programme.objects.get(code="F2F")


def make_class(desk, site):
    today = clock.today().isoformat()
    desk.goto(f"{site}/admin/snippets/courses/trainingclass/add/")
    desk.fill("[name=number]", "吴培〔2026〕面-001期")
    desk.locator("[data-chooser-action-choose]").first.click()
    desk.locator(".modal-body a", has_text="有限空间作业面授培训").click()
    desk.fill("[name=title]", "有限空间面授一期")
    desk.fill("[name=planned_hours]", "8")
    desk.fill("[name=capacity]", "2")
    for name in ("starts_on", "ends_on"):
        desk.fill(f"[name={name}]", today)
    desk.keyboard.press("Escape")
    desk.locator("main footer button[type=submit]").first.click()
    desk.wait_for_url(re.compile("/inspect/"))
    return TrainingClass.objects.get()


def move(desk, label, state):
    desk.get_by_role("button", name=label, exact=True).click()
    expect(desk.locator(".messages")).to_contain_text(state)
    expect(desk.locator("[aria-current=step]")).to_contain_text(state)


def test_a_class_taught_in_person_is_run_to_the_certificate(
    live_server, phones, plan, settings, tmp_path
):
    settings.SIGNING_KEYS_DIR = tmp_path / "keys"
    call_command("make_signing_key", verbosity=0)
    site, before = live_server.url, trained(plan)
    li, chen, wu = worker("李海"), worker("陈文"), worker("吴兰")
    staff = UserFactory(is_superuser=True, is_staff=True, access="CITY")
    desk = phones(staff, viewport=DESKTOP, has_touch=False).new_page()
    phone = phones(UserFactory(person=li))

    # Programme and class; the exam and the proof the programme ends with.
    programme = make_programme(desk, site)
    training_class = make_class(desk, site)
    sitting = make_sitting(training_class=training_class, title="面授结业考试")
    ProgrammeExam.objects.create(programme=programme, blueprint=sitting.blueprint)
    kind = CertificateKind.objects.get(code="TRAINING_PROOF")
    ProgrammeProof.objects.create(programme=programme, kind=kind, valid_months=36)

    # People: three names are too many for two places, and the page says so.
    move(desk, "开班备案", "已备案")
    move(desk, "开始报名", "报名中")
    desk.get_by_role("link", name="加人入班").click()
    desk.fill("[name=people]", "李海\n陈文\n吴兰")
    desk.get_by_role("button", name="加人入班").click()
    expect(desk.locator(".help-critical")).to_contain_text("还剩 2 个")
    desk.fill("[name=people]", "李海\n陈文")
    desk.get_by_role("button", name="加人入班").click()
    expect(desk.locator("#people table")).to_contain_text("0 / 8 学时")
    move(desk, "确认开班", "已核对")
    move(desk, "开课", "开课中")
    page = phone.new_page()
    page.goto(f"{site}/learn/")
    expect(page.locator("main")).to_contain_text("已记 0 学时，需要 8 学时")
    assert trained(plan) == before

    # Hours: the whole class at once, one person absent in the afternoon.
    desk.get_by_role("link", name="记入学时").click()
    desk.fill("[name=AM]", "4")
    desk.fill("[name=PM]", "4")
    absent = training_class.enrolments.get(person=chen)
    desk.fill(f"[name='PM-{absent.uuid}']", "0")
    desk.get_by_role("button", name="核对").click()
    expect(desk.locator("tr", has_text="李海")).to_contain_text("学满学时")
    expect(desk.locator("tr", has_text="陈文")).to_contain_text("还差 4 学时")
    assert HourEntry.objects.count() == 0
    desk.get_by_role("button", name="保存").click()
    expect(desk.locator(".messages")).to_contain_text("现在学满学时：李海")
    expect(desk.locator("#certificates tr", has_text="李海")).to_contain_text(
        "考试合格"
    )
    expect(desk.locator("#certificates tr", has_text="陈文")).to_contain_text(
        "学满学时并考试合格后"
    )
    assert trained(plan) == (before[0] + 1, before[1])

    # The exam on the phone, then the proof; the other person has none, and why.
    page = begin(phone, f"{site}/exams/sittings/{sitting.uuid}/")
    answer_everything(page, Attempt.objects.get())
    page.locator("[data-part=to-review]").click()
    page.locator("[data-part=hand-in]").click()
    page.locator("[data-part=really] button").click()
    expect(page.locator("[data-view-part=receipt]")).to_be_visible()
    issue_awaiting()
    page.goto(f"{site}/learn/")
    expect(page.locator("main")).to_contain_text("培训合格证明")
    desk.reload()
    number = li.certificates.get().number
    expect(desk.locator("#certificates tr", has_text="李海")).to_contain_text(number)
    assert not chen.certificates.exists()
    assert not wu.enrolments.exists()
    assert trained(plan) == (before[0] + 1, before[1] + 1)


def test_the_hours_of_a_class_are_entered_on_a_phone_without_sideways_scrolling(
    phones, live_server
):
    boss = UserFactory(is_superuser=True, access="CITY")
    training_class = EnrolmentFactory(
        training_class__starts_on=clock.today(), training_class__ends_on=clock.today()
    ).training_class
    absent = EnrolmentFactory(training_class=training_class)
    hours = training_class.snippet_viewset.get_url_name("hours")
    page = phones(boss, viewport=PHONE).new_page()
    page.goto(live_server.url + reverse(hours, args=[training_class.pk]))
    cells = page.locator(".hours-sheet__people .hours-input")

    boxes = [cells.nth(n).bounding_box() for n in range(cells.count())]
    widths = [page.evaluate(SCROLLED)]
    page.fill("[name=AM]", "4")
    page.get_by_label(f"上午 {absent.person.name}").fill("0")
    page.locator("[name=step][value=preview]").click()
    page.wait_for_selector("[name=step][value=save]")
    widths.append(page.evaluate(SCROLLED))
    save = page.locator("[name=step][value=save]").bounding_box()
    page.locator("[name=step][value=save]").click()
    page.wait_for_url(re.compile("/inspect/"))

    assert len(boxes) == 4
    assert [box for box in boxes if box["x"] + box["width"] > PHONE["width"]] == []
    assert widths == [[PHONE["width"]] * 2] * 2
    assert save["y"] + save["height"] <= PHONE["height"]
    assert [(e.enrolment, e.hours) for e in HourEntry.objects.all()] == [
        (training_class.enrolments.exclude(pk=absent.pk).get(), 4)
    ]
