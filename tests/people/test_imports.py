import datetime as dt
import json

import pytest
from django.core.management import call_command

from lms.people.identity import blind_index
from lms.people.models import (
    Access,
    AuditEvent,
    Headcount,
    OperationItem,
    Organisation,
    Person,
    Post,
    Role,
    Town,
    User,
)
from lms.people.services.organisations import (
    ORGANISATION_COLUMNS,
    import_organisations,
)
from lms.people.services.roster import ROSTER_COLUMNS, import_roster
from lms.sheets import read_sheet

pytestmark = [pytest.mark.django_db, pytest.mark.services]

USCC = "91440899DEM000014M"
OTHER = "91440899DEM000022G"
LI = "440899197803120014"
WANG = "440899198507260025"


def organisations(*lines):
    head = (
        "统一社会信用代码,单位名称,镇街,行业,高危,申报人数,申报日期,纳入日期,退出日期"
    )
    return read_sheet("\n".join([head, *lines]).encode(), ORGANISATION_COLUMNS)


def roster(*lines):
    head = "姓名,证件号码,手机,统一社会信用代码,岗位类别,操作项目,起始日期,结束日期"
    return read_sheet("\n".join([head, *lines]).encode(), ROSTER_COLUMNS)


@pytest.fixture
def factory():
    import_organisations(
        organisations(
            f"{USCC},示例冷冻厂,博铺,涉氨制冷;有限空间,否,86,2016-01-01,,",
            f"{OTHER},示例鞋厂,塘缀,,,,,,",
        )
    )
    return Organisation.objects.get(uscc=USCC)


def codes(report):
    return [(error["row"], error["code"]) for error in report.errors]


def test_organisations_are_created_with_their_facts(factory):
    assert factory.town == Town.objects.get(code="440883004")
    assert set(factory.industries.values_list("code", flat=True)) == {
        "AMMONIA",
        "CONFINED_SPACE",
    }
    assert Headcount.objects.get().staff == 86
    assert Organisation.objects.get(uscc=OTHER).town.name == "塘㙍镇"


def test_same_organisations_again_change_nothing(
    factory, django_assert_max_num_queries
):
    sheet = organisations(
        f"{USCC},示例冷冻厂,博铺街道,有限空间;涉氨制冷,否,86,2016-01-01,,"
    )

    report = import_organisations(sheet)

    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)


def test_organisation_rows_are_refused_one_by_one(factory):
    report = import_organisations(
        organisations(
            "12345,短代码,博铺,,,,,,",
            f"{USCC},示例冷冻厂,没有镇,没有行业,也许,,,,",
            f"{OTHER},示例鞋厂,塘㙍镇,,,,,2020-01-01,2019-01-01",
            f"{OTHER},示例鞋厂,塘㙍镇,,,,,,",
            "TEMP-粤湛001,示例小店,黄坡镇,,,,,,",
            "91440899DEM000014A,示例错码厂,黄坡镇,,,,,,",
        )
    )

    assert codes(report) == [
        (2, "bad_uscc"),
        (3, "unknown_value"),
        (3, "unknown_value"),
        (3, "unknown_value"),
        (4, "ends_before_start"),
        (5, "doubled_row"),
    ]
    assert [w["code"] for w in report.warnings] == ["uscc_check_digit"]
    assert (report.rows, report.created, report.rejected) == (6, 2, 4)


def test_roster_creates_persons_and_posts(factory):
    report = import_roster(
        roster(
            f"李海生,{LI},19900000012,{USCC},特种作业人员,4.1,2016-05-03,",
            f"李海生,{LI},,{USCC},其他从业人员,,2015.1.1,2016-05-02",
            f"王 芳,{WANG},,{USCC},主要负责人,,2016-05-03,",
        )
    )

    assert report.as_json() | {"warnings": []} == {
        "rows": 3,
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
        "errors": [],
        "warnings": [],
    }
    person = Person.objects.get(name="李海生")
    assert person.id_number == LI
    assert person.id_masked == "440899********0014"
    assert person.phone_key == blind_index("phone", "19900000012")
    assert Person.objects.filter(name="王芳").exists()
    assert Post.objects.get(role=Role.SPECIAL_OPERATOR).item == (
        OperationItem.objects.get(code="4.1")
    )


def test_fifteen_digits_and_lower_case_x_are_the_same_person(factory):
    report = import_roster(
        roster(
            f"赵六,440899700101018,,{USCC},其他从业人员,,2016-05-03,",
            f"赵六,44089919700101018x,,{USCC},主要负责人,,2016-05-03,",
            f"赵六,４４０８９９19700101018X,,{OTHER},主要负责人,,2016-05-03,",
        )
    )

    assert report.rejected == 0
    assert Person.objects.count() == 1
    assert Post.objects.count() == 3


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("440899197803120015", "bad_check_digit"),
        ("44089919780312001", "bad_length"),
        ("440899199002310014", "bad_birth_date"),
        ("440899209003110014", "bad_birth_date"),
        ("4.40899E+17", "digits_lost"),
    ],
)
def test_wrong_id_number_is_refused_with_its_reason_and_not_echoed(
    factory, number, code
):
    report = import_roster(roster(f"李海生,{number},,{USCC},主要负责人,,2016-05-03,"))

    assert codes(report) == [(2, code)]
    assert number not in json.dumps(report.as_json(), ensure_ascii=False)
    assert not Person.objects.exists()


def test_same_number_with_another_name_is_refused(factory):
    line = f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,"
    import_roster(roster(line))

    report = import_roster(
        roster(f"李海升,{LI},,{USCC},安全生产管理人员,,2016-05-03,", line)
    )

    assert codes(report) == [(2, "name_mismatch")]
    assert report.unchanged == 1
    assert Person.objects.get().name == "李海生"


def test_same_roster_again_writes_nothing(factory, django_assert_num_queries):
    lines = [
        f"李海生,{LI},19900000012,{USCC},主要负责人,,2016-05-03,",
        f"王芳,{WANG},,{USCC},主要负责人,,2016-05-03,2017-01-01",
    ]
    import_roster(roster(*lines))
    before = list(Post.objects.values()) + list(Person.objects.values())

    # clock, items, organisations, persons, posts, phones, and the savepoint pair
    with django_assert_num_queries(8):
        report = import_roster(roster(*lines))

    assert (report.created, report.updated, report.unchanged) == (0, 0, 2)
    assert list(Post.objects.values()) + list(Person.objects.values()) == before


def test_same_start_updates_the_post_and_overlaps_are_refused(factory):
    import_roster(roster(f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,"))

    report = import_roster(
        roster(
            f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,2018-12-31",
            f"李海生,{LI},,{USCC},主要负责人,,2018-12-31,",
            f"李海生,{LI},,{USCC},主要负责人,,2019-01-01,",
            f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,2019-06-30",
            f"李海生,{LI},,{OTHER},主要负责人,,2018-01-01,",
        )
    )

    assert codes(report) == [(3, "overlapping_post"), (5, "overlapping_post")]
    assert (report.updated, report.created) == (1, 2)
    assert Post.objects.get(starts_on="2016-05-03").ends_on == dt.date(2018, 12, 31)


def test_posts_of_people_the_file_does_not_name_stay_open(factory):
    import_roster(roster(f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,"))

    import_roster(roster(f"王芳,{WANG},,{USCC},主要负责人,,2016-05-03,"))

    assert Post.objects.filter(ends_on=None).count() == 2


@pytest.mark.parametrize(
    ("role", "item", "code"),
    [
        ("厨师", "", "unknown_role"),
        ("特种作业人员", "", "unknown_item"),
        ("特种作业人员", "99.9", "unknown_item"),
        ("主要负责人", "1.2", "item_not_allowed"),
    ],
)
def test_post_that_cannot_be_is_refused(factory, role, item, code):
    report = import_roster(roster(f"李海生,{LI},,{USCC},{role},{item},2016-05-03,"))

    assert codes(report) == [(2, code)]


def test_manager_writes_for_the_own_organisation_only(factory):
    manager = User.objects.create_user(
        "manager", access=Access.ORGANISATION, organisation=factory
    )

    report = import_roster(
        roster(
            f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,",
            f"王芳,{WANG},,{OTHER},主要负责人,,2016-05-03,",
            f"王芳,{WANG},,{USCC},监管监察人员,,2016-05-03,",
        ),
        actor=manager,
    )

    assert codes(report) == [(3, "not_your_organisation"), (4, "role_not_allowed")]
    assert Post.objects.count() == 1
    assert not Person.objects.filter(name="王芳").exists()


def test_dry_run_beyond_the_scope_leaves_a_trace(factory):
    manager = User.objects.create_user(
        "manager", access=Access.ORGANISATION, organisation=factory
    )
    sheet = roster(f"王芳,{WANG},,{OTHER},主要负责人,,2016-05-03,")

    import_roster(sheet, actor=manager, dry_run=True)

    event = AuditEvent.objects.get()
    assert (event.actor, event.action) == (manager, "import.beyond_scope")
    assert not Person.objects.exists()


def test_dry_run_and_all_or_nothing_change_nothing(factory):
    good = f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,"
    bad = f"王芳,{WANG},,{USCC},厨师,,2016-05-03,"

    dry = import_roster(roster(good), dry_run=True)
    strict = import_roster(roster(good, bad), all_or_nothing=True)

    assert dry.created == 1
    assert (strict.created, strict.rejected) == (0, 1)
    assert not Person.objects.exists()


def test_command_prints_one_json_object_and_says_2_when_rows_were_refused(
    factory, tmp_path, capsys
):
    path, report = tmp_path / "roster.csv", tmp_path / "report.xlsx"
    path.write_text(
        "姓名,证件号码,统一社会信用代码,岗位类别,起始日期\n"
        f"李海生,{LI},{USCC},主要负责人,2016-05-03\n"
        f"王芳,{LI},{USCC},主要负责人,2016-05-03\n"
    )

    with pytest.raises(SystemExit) as stop:
        call_command("import_roster", str(path), "--json", "--report", str(report))

    assert stop.value.code == 2
    shown = json.loads(capsys.readouterr().out)
    assert (shown["created"], shown["rejected"]) == (1, 1)
    assert list(shown["errors"][0]) == ["row", "column", "code", "message"]
    assert read_sheet(report, ROSTER_COLUMNS).raw[2][-1]
