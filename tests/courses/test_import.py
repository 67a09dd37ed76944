import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command

from courses.models import TrainingCredit, TrainingRecord
from courses.services.training_import import COLUMNS, import_training
from lms.access.levels import Access
from lms.evidence.models import AuditEvent
from lms.people.models import Person, Post, Town
from lms.sheets.workbooks import read_sheet
from tests.factories.people import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

HEADER = (
    "证件类型,证件号码,姓名,统一社会信用代码,镇街,培训对象,培训类别,操作项目,学时,"
    "完成日期,考核结果,合格日期"
)


def sheet(*lines):
    return read_sheet("\n".join([HEADER, *lines]).encode(), COLUMNS)


def number(tail):
    """A demo document number with its check digit."""
    body = f"44089919800101{tail:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(d) * w for d, w in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


LI, WANG = number(11), number(12)


def load(*lines, **options):
    report = import_training(sheet(*lines), **options)
    return report.as_json()


def counts(report):
    names = ("rows", "created", "updated", "unchanged", "rejected")
    return tuple(report[name] for name in names)


def codes(report):
    return [(e["row"], e["column"], e["code"]) for e in report["errors"]]


def test_a_row_makes_a_person_a_record_and_a_verdict():
    employer = OrganisationFactory(high_hazard="yes")

    report = load(
        f",{LI},李海,{employer.uscc},,主要负责人;安全管理人员,初训,,48,2016.6.10,合格,"
    )

    assert counts(report) == (1, 1, 0, 0, 0)
    record = TrainingRecord.objects.get()
    assert record.person == Person.objects.get(name="李海")
    assert (record.town, record.high_hazard) == (employer.town, True)
    assert record.passed_on == record.done_on
    assert list(
        record.credits.values_list("audience", "required_hours", "completed")
    ) == [("PRINCIPAL", 48, True), ("SAFETY_MANAGER", 48, True)]


def test_repeating_a_file_changes_nothing():
    lines = [
        f",{LI},李海,,,其他从业人员,再训,,8,2018-04-09,合格,",
        ",,李海,,,其他从业人员,专项,,8,2018-04-09,,",
        ",,李海,,,其他从业人员,专项,,8,2018-04-09,,",
    ]
    first = load(*lines)

    again = load(*lines)

    assert (counts(first), counts(again)) == ((3, 3, 0, 0, 0), (3, 0, 0, 3, 0))
    assert TrainingRecord.objects.count() == 3


def test_repeating_a_file_after_the_employer_moved_changes_nothing():
    employer = OrganisationFactory()
    lines = [
        f",,李海,{employer.uscc},,其他从业人员,专项,,8,2018-04-09,,",
        f",,李海,{employer.uscc},吴阳镇,其他从业人员,专项,,8,2018-04-09,,",
    ]
    load(*lines)
    before = list(TrainingRecord.objects.values())
    employer.town = Town.objects.exclude(pk=employer.town_id).first()
    employer.save()

    assert counts(load(*lines)) == (2, 0, 0, 2, 0)
    assert list(TrainingRecord.objects.values()) == before


def test_other_hours_or_another_result_append_a_correction():
    load(f",{LI},李海,,,主要负责人,初训,,30,2018-04-09,未考,")

    report = load(f",{LI},李海,,,主要负责人,初训,,32,2018-04-09,合格,2018-05-01")

    assert counts(report) == (1, 0, 1, 0, 0)
    old, new = TrainingRecord.objects.order_by("pk")
    assert new.corrects == old
    assert (new.hours, new.result, str(new.passed_on)) == (32, "passed", "2018-05-01")
    assert new.credits.get().completed is True
    assert counts(
        load(f",{LI},李海,,,主要负责人,初训,,32,2018-04-09,合格,2018-05-01")
    ) == (
        1,
        0,
        0,
        1,
        0,
    )


def test_rows_in_any_order_leave_the_same_completions():
    rows = [
        f",{LI},李海,,,主要负责人,再训,,5,2019-03-01,,",
        f",{LI},李海,,,主要负责人,再训,,7,2019-06-01,,",
        f",{LI},李海,,,主要负责人,再训,,4,2019-09-01,,",
    ]
    for row in reversed(rows):
        load(row)

    done = TrainingCredit.objects.filter(
        record__in=TrainingRecord.objects.current(), completed=True
    )
    assert [str(c.record.done_on) for c in done] == ["2019-06-01"]


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        (
            f",{LI[:-1]}0,李海,,,其他从业人员,再训,,8,2018-04-09,,",
            ("证件号码", "bad_check_digit"),
        ),
        (
            f",{LI},李海,NONE,,其他从业人员,再训,,8,2018-04-09,,",
            ("统一社会信用代码", "unknown_organisation"),
        ),
        (
            f",{LI},李海,,北京,其他从业人员,再训,,8,2018-04-09,,",
            ("镇街", "unknown_town"),
        ),
        (f",{LI},李海,,,老板,再训,,8,2018-04-09,,", ("培训对象", "unknown_audience")),
        (
            f",{LI},李海,,,其他从业人员,聊天,,8,2018-04-09,,",
            ("培训类别", "unknown_kind"),
        ),
        (
            f",{LI},李海,,,特种作业人员,初训,99.9,8,2018-04-09,,",
            ("操作项目", "unknown_item"),
        ),
        (f",{LI},李海,,,其他从业人员,再训,,-8,2018-04-09,,", ("学时", "bad_number")),
        (
            f",{LI},李海,,,其他从业人员,再训,,8000,2018-04-09,,",
            ("学时", "too_many_hours"),
        ),
        (f",{LI},李海,,,其他从业人员,再训,,8,2018-02-30,,", ("完成日期", "bad_date")),
        (
            f",{LI},李海,,,其他从业人员,再训,,8,2099-01-01,,",
            ("完成日期", "future_date"),
        ),
        (
            f",{LI},李海,,,其他从业人员,再训,,8,2018-04-09,优,",
            ("考核结果", "unknown_result"),
        ),
        (
            f",{LI},李海,,,其他从业人员,再训,,8,2018-04-09,不合格,2018-05-01",
            ("合格日期", "pass_date_without_pass"),
        ),
        (f",{LI},,,,其他从业人员,再训,,8,2018-04-09,,", ("姓名", "required")),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_a_bad_row_is_refused_with_its_column_and_code(line, refusal):
    good = f",{WANG},王海,,,其他从业人员,再训,,8,2018-04-09,,"

    report = load(line, good)

    assert codes(report) == [(2, *refusal)]
    assert counts(report) == (2, 1, 0, 0, 1)
    assert TrainingRecord.objects.get().holder_name == "王海"
    assert LI not in json.dumps(report)


def test_a_number_with_another_name_is_refused():
    load(f",{LI},李海,,,其他从业人员,再训,,8,2018-04-09,,")

    report = load(f",{LI},李江,,,其他从业人员,再训,,8,2019-04-09,,")

    assert codes(report) == [(2, "姓名", "name_mismatch")]
    assert TrainingRecord.objects.count() == 1


def test_one_training_with_two_figures_in_a_file_is_refused():
    report = load(
        f",{LI},李海,,,其他从业人员,再训,,8,2018-04-09,,",
        f",{LI},李海,,,其他从业人员,再训,,9,2018-04-09,,",
    )

    assert codes(report) == [(3, "学时", "conflicting_row")]
    assert TrainingRecord.objects.get().hours == Decimal(8)


def test_dry_run_and_all_or_nothing_write_nothing():
    good = f",{LI},李海,,,其他从业人员,再训,,8,2018-04-09,,"
    bad = f",{WANG},王海,,,老板,再训,,8,2018-04-09,,"

    dry = load(good, dry_run=True)
    strict = load(good, bad, all_or_nothing=True)

    assert (counts(dry), counts(strict)) == ((1, 1, 0, 0, 0), (2, 0, 0, 0, 1))
    assert (TrainingRecord.objects.count(), Person.objects.count()) == (0, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_an_import_costs_the_same_for_any_number_of_rows(
    django_assert_max_num_queries, count
):
    lines = [
        f",{number(n)},李海,,,主要负责人,再训,,8,2018-04-09,," for n in range(count)
    ]
    load(",,热身,,,主要负责人,再训,,8,2018-04-09,,")

    with django_assert_max_num_queries(22):
        load(*lines)


def test_the_command_prints_json_and_exits_2_when_rows_are_refused(tmp_path):
    file = tmp_path / "培训.csv"
    file.write_text(f"{HEADER}\n,{LI},李海,,,老板,再训,,8,2018-04-09,,", "gb18030")
    out = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("import_training", str(file), "--json", stdout=out)

    assert ended.value.code == 2
    assert json.loads(out.getvalue())["rejected"] == 1


def test_an_officer_of_one_town_writes_its_history_only():
    ours, theirs = OrganisationFactory(), OrganisationFactory()
    theirs.town = Town.objects.exclude(pk=ours.town_id).first()
    theirs.save()
    for number_of, name, employer in ((LI, "李海", ours), (WANG, "王海", theirs)):
        load(f",{number_of},{name},,,其他从业人员,再训,,8,2017-04-09,,")
        Post.objects.create(
            person=Person.objects.get(name=name),
            organisation=employer,
            role="OTHER_STAFF",
            starts_on="2016-01-01",
        )
    officer = UserFactory(access=Access.TOWN, town=ours.town)
    training = "其他从业人员,再训,,8,2018-04-09,,"

    report = load(
        f",{LI},李海,{ours.uscc},,{training}",
        f",{LI},李海,{theirs.uscc},,{training}",
        f",{WANG},王海,,,{training}",
        f",{number(13)},陈海,{ours.uscc},,{training}",
        f",,赵海,,{theirs.town.name},{training}",
        f",,赵海,,,{training}",
        f",,赵海,{ours.uscc},,{training}",
        actor=officer,
    )

    assert sorted((row, code) for row, _column, code in codes(report)) == [
        (3, "not_your_organisation"),
        (4, "not_your_person"),
        (5, "not_your_person"),
        (6, "not_your_town"),
        (7, "not_your_town"),
    ]
    assert report["created"] == 2
    event = AuditEvent.objects.get(action="import.beyond_scope")
    assert (event.actor, event.data["rows"]) == (officer, [3, 4, 5, 6, 7])


def test_a_person_time_is_the_same_with_any_dot_and_in_any_case():
    load(",,买买提·吐尔逊,,,其他从业人员,专项,,8,2018-04-09,,")
    old = ",,John Smith,,,其他从业人员,专项,,8,2018-04-09,,"
    load(old)

    again = load(",,买买提・吐尔逊,,,其他从业人员,专项,,8,2018-04-09,,", old)
    twice = load(old, old.replace("John Smith", "JOHN SMITH"))

    assert counts(again) == (2, 0, 0, 2, 0)
    assert counts(twice) == (2, 1, 0, 1, 0)
