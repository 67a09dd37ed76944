"""People and their posts from a roster: what is taken over, corrected or refused."""

import datetime as dt
import io
import itertools
import json

import pytest
import xlsxwriter

from lms.people.identity.numbers import blind_index
from lms.people.models import OperationItem, Person, Post, Role
from lms.people.services.lookup import items_by_word
from lms.people.services.roster import ROSTER_COLUMNS, import_roster
from lms.sheets.workbooks import read_sheet
from tests.people.sheets import LI, OTHER, USCC, WANG, codes, roster

pytestmark = [pytest.mark.django_db, pytest.mark.services]


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

    # clock, items, organisations; of the slice: clock, persons, posts, phones, and the
    # savepoint pair
    with django_assert_num_queries(9):
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
            f"李海生,{LI},,{OTHER},主要负责人,,2018-01-01,",
        )
    )

    assert codes(report) == [(3, "overlapping_post")]
    assert (report.updated, report.created) == (1, 2)
    assert Post.objects.get(starts_on="2016-05-03").ends_on == dt.date(2018, 12, 31)


def test_last_of_two_rows_of_one_post_counts_and_the_other_is_pointed_out(factory):
    lines = [
        f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,",
        f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,2018-12-31",
    ]

    first, second = import_roster(roster(*lines)), import_roster(roster(*lines))

    assert (first.created, first.updated) == (1, 1)
    assert (second.created, second.updated, second.unchanged) == (0, 0, 2)
    assert [w["row"] for w in first.warnings if w["code"] == "corrected_below"] == [2]
    assert Post.objects.get().ends_on == dt.date(2018, 12, 31)


OPEN, ENDED, NEXT, CROSSING = (
    f"李海生,{LI},,{USCC},主要负责人,,{days}"
    for days in ("2016-05-03,", "2016-05-03,2019-12-31", "2020-01-01,", "2019-06-01,")
)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("on_record", [[], [OPEN]], ids=["empty", "open-post"])
def test_order_of_the_rows_of_a_career_does_not_matter(
    factory, on_record, newest_first
):
    import_roster(roster(*on_record))
    lines = [NEXT, ENDED] if newest_first else [ENDED, NEXT]

    first, second = import_roster(roster(*lines)), import_roster(roster(*lines))

    assert (first.rejected, second.rejected, second.unchanged) == (0, 0, 2)
    assert list(Post.objects.values_list("starts_on", "ends_on")) == [
        (dt.date(2016, 5, 3), dt.date(2019, 12, 31)),
        (dt.date(2020, 1, 1), None),
    ]


@pytest.mark.parametrize("lines", list(itertools.permutations([ENDED, NEXT, CROSSING])))
def test_the_same_post_of_an_overlapping_pair_is_refused_in_any_order(factory, lines):
    report = import_roster(roster(*lines))

    assert codes(report) == [(2 + lines.index(CROSSING), "overlapping_post")]
    assert Post.objects.count() == 2


def test_refused_change_leaves_the_post_on_record_in_the_way(factory):
    later = f"李海生,{LI},,{USCC},主要负责人,,2020-01-01,"
    import_roster(roster(ENDED, later))
    between = f"李海生,{LI},,{USCC},主要负责人,,2018-01-01,2018-02-01"

    report = import_roster(roster(between, OPEN))

    assert codes(report) == [(2, "overlapping_post"), (3, "overlapping_post")]
    assert Post.objects.filter(ends_on="2019-12-31").exists()


def test_new_person_gets_the_first_phone_that_stands_in_an_accepted_row(factory):
    lines = [
        f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,",
        f"李海生,{LI},19900000011,{USCC},主要负责人,,2017-05-03,",
        f"李海生,{LI},19900000012,{USCC},安全生产管理人员,,2016-05-03,",
    ]

    first, second = import_roster(roster(*lines)), import_roster(roster(*lines))

    assert codes(first) == codes(second) == [(3, "overlapping_post")]
    assert (first.created, second.updated, second.unchanged) == (2, 0, 2)
    assert Person.objects.get().phone_key == blind_index("phone", "19900000012")


EXPOSED = [column.name for column in ROSTER_COLUMNS if column.required]


def exposure(cell):
    """The exposure column of a workbook that holds this cell."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        page = workbook.add_worksheet()
        page.write_row(0, 0, [*EXPOSED, "接触危害"])
        page.write_row(1, 0, ["李海生", LI, USCC, "其他从业人员", "2016-05-03", cell])
    return read_sheet(stream.getvalue(), ROSTER_COLUMNS)


@pytest.mark.parametrize(
    ("cell", "exposed", "hazards"),
    [
        *((cell, False, "") for cell in (False, 0, "否", "无", "没有", "不接触", "")),
        *((cell, False, "") for cell in ("No", "n", "N", "FALSE", "０", "×")),
        *((cell, False, "") for cell in ("/", "—", "——", "-", "－")),
        *((cell, True, "") for cell in (True, 1, "是", "有", "Yes", "√")),
        ("噪声", True, "噪声"),
        ("无机粉尘;苯；", True, "无机粉尘;苯；"),
    ],
)
def test_exposure_is_yes_no_or_a_list_of_hazards(factory, cell, exposed, hazards):
    report = import_roster(exposure(cell))

    assert codes(report) == []
    post = Post.objects.get()
    assert (post.exposed, post.exposures) == (exposed, hazards)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *((cell, "bad_yes_no") for cell in ("?", "2", "x", "。", ";", "否;噪声")),
        ("噪" * 201, "too_long"),
    ],
    ids=["question", "number", "letter", "dot", "separator", "both", "long"],
)
def test_exposure_that_may_mean_no_is_refused(factory, cell, code):
    assert codes(import_roster(exposure(cell))) == [(2, code)]


def test_text_that_does_not_fit_is_refused_not_cut(factory):
    head = "姓名,证件号码,统一社会信用代码,岗位类别,离岗期间,起始日期"
    line = f"李海生,{LI},{USCC},其他从业人员,{'2' * 61},2016-05-03"

    report = import_roster(read_sheet(f"{head}\n{line}".encode(), ROSTER_COLUMNS))

    assert [(e["column"], e["code"]) for e in report.errors] == [
        ("离岗期间", "too_long")
    ]


@pytest.mark.parametrize(
    "word", ["1.2", "低压电工作业", "低压电工", "1.2 低压电工作业", "1.2低压电工"]
)
def test_operation_item_is_named_by_code_name_or_both(factory, word):
    report = import_roster(
        roster(f"李海生,{LI},,{USCC},特种作业人员,{word},2016-05-03,")
    )

    assert codes(report) == []
    assert Post.objects.get().item.code == "1.2"
    assert items_by_word()[word].code == "1.2"


def test_item_with_signs_in_its_name_is_found_as_we_show_it(factory):
    item = OperationItem.objects.get(name__startswith="煤矿采煤机")

    report = import_roster(
        roster(f"李海生,{LI},,{USCC},特种作业人员,{item},2016-05-03,")
    )

    assert codes(report) == []


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


@pytest.mark.parametrize("value", ["#N/A", "#REF!"])
def test_an_error_for_the_last_day_leaves_the_post_ended(factory, value):
    import_roster(roster(f"李海生,{LI},,{USCC},主要负责人,,2016-05-03,2018-12-31"))
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        page = workbook.add_worksheet()
        page.write_row(0, 0, [*EXPOSED, "结束日期"])
        page.write_row(1, 0, ["李海生", LI, USCC, "主要负责人", "2016-05-03"])
        page.write_formula(1, 5, "=NA()", None, value)

    report = import_roster(read_sheet(stream.getvalue(), ROSTER_COLUMNS))

    assert codes(report) == [(2, "error_cell")]
    assert Post.objects.get().ends_on == dt.date(2018, 12, 31)


def test_everything_that_is_wrong_with_a_row_is_said_at_once(factory):
    report = import_roster(
        roster(f"12,{LI[:-1]}0,,NONE,厨师,1.2,2016-13-03,2015-01-01")
    )

    assert {error["code"] for error in report.errors} == {
        "bad_name",
        "bad_check_digit",
        "unknown_organisation",
        "unknown_role",
        "bad_date",
    }
    assert report.rejected == 1
    (role,) = (e for e in report.errors if e["code"] == "unknown_role")
    assert "特种作业人员" in role["message"]


def test_headings_that_offices_use_are_known(factory):
    head = "人员姓名,身份证件号码,联系电话,社会信用代码,岗位,入职时间"
    line = f"李海生,{LI},19900000012,{USCC},主要负责人,20160503"

    report = import_roster(read_sheet(f"{head}\n{line}".encode(), ROSTER_COLUMNS))

    assert report.created == 1
    assert [w["code"] for w in report.warnings] == ["unknown_division"]
    assert Person.objects.get().phone_masked
    assert Post.objects.get().starts_on == dt.date(2016, 5, 3)


@pytest.mark.parametrize("dot", "．・‧∙⋅•.")
def test_a_name_is_the_same_with_any_dot_and_kept_as_given(factory, dot):
    given = f"买买提{dot}吐尔逊"
    lines = [
        f"{name},{LI},,{USCC},{role},,2016-05-03,"
        for name, role in ((given, "主要负责人"), ("买买提·吐尔逊", "其他从业人员"))
    ]

    assert codes(import_roster(roster(*lines))) == []
    assert Person.objects.get().name == given
    assert Person.objects.named(["买买提·吐尔逊"]).exists()


def test_width_and_case_of_a_latin_name_make_no_other_person(factory):
    lines = [
        f"{name},{LI},,{USCC},{role},,2016-05-03,"
        for name, role in (
            ("José García", "主要负责人"),
            ("ＪＯＳÉ GARCÍA", "其他从业人员"),
        )
    ]

    assert codes(import_roster(roster(*lines))) == []
    other = import_roster(roster(lines[0].replace("José", "Jose")))
    assert codes(other) == [(2, "name_mismatch")]


def test_a_name_no_font_can_print_is_pointed_out_and_kept(factory):
    report = import_roster(roster(f"李𪚥,{LI},,{USCC},主要负责人,,2016-05-03,"))

    assert [w["code"] for w in report.warnings][:1] == ["glyph_missing"]
    assert Person.objects.get().name == "李𪚥"
