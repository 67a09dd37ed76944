import datetime as dt
import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certificates.models import Certificate, CertificateEvent, RuleSet
from certificates.models.status import Status
from certificates.services import suspend_certificate
from certificates.services.recorded import COLUMNS, import_certificates
from lms.access.levels import Access
from lms.evidence.models import AuditEvent
from lms.people.identity.numbers import unseal
from lms.people.models import Person, Post, Town, User
from lms.sheets.workbooks import read_sheet
from tests.factories.people import OrganisationFactory, PersonFactory
from tests.factories.proofs import RecordedFactory, issue

pytestmark = [pytest.mark.django_db, pytest.mark.services]

HEAD = (
    "姓名,证件号码,证书类型,人员类别,操作项目,证书编号,"
    "初领日期,有效期起,有效期止,应复审日期,复审通过日期,撤销日期"
)
ID = "440899197803120014"
OPERATOR = f"李海生,{ID},特种作业操作证,,1.2,T{ID},2016-08-01,2016-08-01,2022-08-01,,,"


def run(tmp_path, *rows, head=HEAD, **options):
    path = tmp_path / "certificates.csv"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return import_certificates(read_sheet(path, COLUMNS), **options)


def test_import_records_a_certificate_and_its_person(tmp_path):
    report = run(tmp_path, OPERATOR)

    row = Certificate.objects.get()
    assert (report.created, report.rejected) == (1, 0)
    assert (row.subject, row.role) == ("1.2", "SPECIAL_OPERATOR")
    assert row.review_due_on == dt.date(2019, 8, 1)
    assert row.number == "T440899********0014"
    assert unseal(row.number_sealed, context="certificate.number") == f"T{ID}"
    assert row.id_masked == "440899********0014"
    assert Person.objects.get().name == "李海生"


def test_import_twice_changes_nothing(tmp_path):
    run(tmp_path, OPERATOR)
    before = list(Certificate.objects.values())

    report = run(tmp_path, OPERATOR)

    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)
    assert list(Certificate.objects.values()) == before


def test_a_name_is_kept_as_the_persons_own(tmp_path):
    run(tmp_path, OPERATOR.replace("李海生", "李 海 生"))

    row = Certificate.objects.get()
    assert (row.holder_name, row.masked_name) == ("李海生", "李**")


def test_a_name_told_anew_is_an_update(tmp_path):
    run(tmp_path, OPERATOR)
    Certificate.objects.update(holder_name="李 海 生")

    report = run(tmp_path, OPERATOR)

    assert (report.updated, report.unchanged) == (1, 0)
    assert Certificate.objects.get().holder_name == "李海生"


def test_import_of_a_passed_review_updates_the_cycle(tmp_path):
    run(tmp_path, OPERATOR)

    report = run(tmp_path, OPERATOR.removesuffix(",,") + ",2019-07-20,")

    assert report.updated == 1
    assert Certificate.objects.get().status_on(dt.date(2020, 1, 1)) == Status.VALID


def test_a_second_suspension_keeps_the_first(tmp_path):
    head = f"{HEAD},暂扣起,暂扣止"
    run(tmp_path, f"{OPERATOR},2017-01-01,2017-02-01", head=head)
    run(tmp_path, f"{OPERATOR},2018-01-01,", head=head)

    row = Certificate.objects.get()
    assert row.status_on(dt.date(2017, 2, 1)) == Status.SUSPENDED
    assert row.status_on(dt.date(2017, 2, 2)) == Status.VALID
    assert row.status_on(dt.date(2018, 2, 2)) == Status.SUSPENDED


def test_other_dates_of_one_suspension_correct_it(tmp_path):
    head = f"{HEAD},暂扣起,暂扣止"
    run(tmp_path, f"{OPERATOR},2017-01-01,2017-02-01", head=head)
    run(tmp_path, f"{OPERATOR},2017-01-05,2017-02-01", head=head)

    row = Certificate.objects.get()
    assert row.status_on(dt.date(2017, 1, 4)) == Status.VALID


@pytest.mark.parametrize("silent", [",,", ",2017-01-01,"], ids=["both", "end"])
def test_silence_about_a_suspension_on_record_changes_no_past_day(tmp_path, silent):
    head = f"{HEAD},暂扣起,暂扣止"
    run(tmp_path, f"{OPERATOR},2017-01-01,2017-02-01", head=head)
    before = list(Certificate.objects.values())

    report = run(tmp_path, OPERATOR + silent, head=head)
    without_columns = run(tmp_path, OPERATOR)

    assert (report.unchanged, without_columns.unchanged) == (1, 1)
    assert list(Certificate.objects.values()) == before


def test_silence_about_the_first_of_two_suspensions_changes_no_past_day(tmp_path):
    head = f"{HEAD},暂扣起,暂扣止"
    run(tmp_path, f"{OPERATOR},2017-01-01,2017-02-01", head=head)
    run(tmp_path, f"{OPERATOR},2018-01-01,2018-02-01", head=head)

    run(tmp_path, f"{OPERATOR},,", head=head)

    row = Certificate.objects.get()
    for day in (dt.date(2017, 1, 15), dt.date(2018, 1, 15)):
        assert row.status_on(day) == Status.SUSPENDED
    assert row.status_on(dt.date(2017, 6, 1)) == Status.VALID


PROOF = f"李海生,{ID},TRAINING_PROOF,安全生产管理人员,,,{{0}},{{0}},,,,"


@pytest.mark.parametrize("day", ["2021-11-21", "2021-11-22", "2025-01-01"])
def test_no_imported_row_replaces_a_proof_issued_here(tmp_path, signing_keys, day):
    issue(enrolment__person__number=ID)
    before = list(Certificate.objects.values())

    report = run(tmp_path, PROOF.format(day))

    assert [error["code"] for error in report.errors] == ["issued_here"]
    assert list(Certificate.objects.values()) == before
    assert CertificateEvent.objects.count() == 1


def test_the_history_before_a_proof_issued_here_is_recorded(tmp_path, signing_keys):
    proof = issue(enrolment__person__number=ID)
    suspend_certificate(proof, reason_class="UNDER_INVESTIGATION", reason="核查中")
    before = Certificate.objects.values().get()

    report = run(tmp_path, PROOF.format("2018-05-01"))

    assert (report.created, report.errors) == (1, [])
    assert Certificate.objects.issued().values().get() == before
    older = Certificate.objects.recorded().get()
    assert older.replaced_on == proof.valid_from


def test_a_link_to_a_newer_cycle_writes_no_other_column(tmp_path):
    run(tmp_path, OPERATOR)
    newer = f"李海生,{ID},特种作业操作证,,1.2,,2016-08-01,2022-07-01,2028-07-01,,,"

    with CaptureQueriesContext(connection) as queries:
        run(tmp_path, newer)

    # Of a prepared statement Django notes no text on PostgreSQL.
    texts = [query["sql"] or "" for query in queries]
    updates = [text for text in texts if text.startswith("UPDATE")]
    assert len(updates) == 1
    assert "revoked_on" not in updates[0]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("44089919750423007x", "440899********007X"),
        ("t44089919750423007x", "T440899********007X"),
        ("440899-19750423-007X", "440899********007X"),
        ("T 440899 1975 0423 007X", "T440899********007X"),
        ("Ｔ４４０８９９１９７５０４２３００７Ｘ", "T440899********007X"),
        ("T-440899750423007", "T440899*****3007"),
        ("440899.750423.007", "440899*****3007"),
        ("粤A44089919750423007X号", "粤A440899********007X号"),
        ("440899197504230071", "440899********0071"),
        ("粤A-2019/0042号", "粤A-2019/0042号"),
    ],
)
def test_a_document_number_in_any_spelling_is_shown_masked(tmp_path, typed, shown):
    holder = "44089919750423007X"
    run(
        tmp_path,
        f"李海生,{holder},特种作业操作证,,1.2,{typed},2016-08-01,2016-08-01,,,,",
    )

    row = Certificate.objects.get()
    assert row.number == shown
    assert unseal(row.number_sealed, context="certificate.number")


@pytest.mark.parametrize("missing", ["valid_to", "review_years"])
def test_a_rule_set_may_have_no_end_and_no_review(tmp_path, missing):
    RuleSet.objects.filter(code="R2010").update(**{missing: None})

    run(tmp_path, OPERATOR)

    due = {"valid_to": dt.date(2019, 8, 1), "review_years": None}[missing]
    assert Certificate.objects.get().review_due_on == due


@pytest.mark.parametrize("order", [1, -1], ids=["in-order", "newest-first"])
def test_a_newer_cycle_replaces_the_older_from_its_first_day(tmp_path, order):
    newer = f"李海生,{ID},特种作业操作证,,1.2,,2016-08-01,2022-07-01,2028-07-01,,,"

    for row in [OPERATOR, newer][::order]:
        run(tmp_path, row)

    first, last = Certificate.objects.order_by("valid_from")
    assert first.replaced_on == dt.date(2022, 7, 1)
    assert last.replaced_on is None
    assert first.status_on(dt.date(2022, 6, 30)) == Status.REVIEW_OVERDUE
    assert first.status_on(dt.date(2022, 7, 1)) == Status.SUPERSEDED


def test_given_review_date_wins_and_the_header_synonym_means_it(tmp_path):
    head = HEAD.replace("应复审日期", "复审日期")

    run(tmp_path, OPERATOR.removesuffix(",,,") + ",2022-08-01,,", head=head)

    assert Certificate.objects.get().review_due_on == dt.date(2022, 8, 1)


def test_no_review_is_computed_from_the_new_rule_on_or_for_other_kinds(tmp_path):
    run(
        tmp_path,
        f"李海生,{ID},特种作业操作证,,1.2,,2026-06-01,2026-06-01,2032-06-01,,,",
        f"李海生,{ID},SAFETY_COMPETENCE,主要负责人,,,2016-05-01,2016-05-01,2019-04-30,,,",
    )

    assert set(Certificate.objects.values_list("review_due_on", flat=True)) == {None}


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (OPERATOR.replace("李海生", "王五"), "姓名", "name_mismatch"),
        (OPERATOR.replace("特种作业操作证", "驾驶证"), "证书类型", "unknown_kind"),
        (OPERATOR.replace(",1.2,", ",99.9,"), "操作项目", "unknown_item"),
        (OPERATOR.replace(",1.2,", ",,"), "操作项目", "item_missing"),
        (
            f"李海生,{ID},安全主任,厨师,,,2016-08-01,2016-08-01,,,,",
            "人员类别",
            "unknown_role",
        ),
        (
            f"李海生,{ID},TRAINING_PROOF,,,,2016-08-01,2016-08-01,,,,",
            "人员类别",
            "role_missing",
        ),
        (
            OPERATOR.replace("2022-08-01", "2015-08-01"),
            "有效期止",
            "dates_out_of_order",
        ),
        (OPERATOR.replace(f"T{ID}", "9" * 41), "证书编号", "too_long"),
        (f"{OPERATOR},{'局' * 81}", "签发机关", "too_long"),
    ],
    ids=[
        "name",
        "kind",
        "item",
        "no-item",
        "role",
        "no-role",
        "dates",
        "number",
        "authority",
    ],
)
def test_wrong_rows_are_refused_and_the_others_taken(tmp_path, row, column, code):
    PersonFactory(name="李海生", number=ID)
    good = "陈明,440899198507260025,安全主任,,,,2016-08-01,2016-08-01,,,,"

    report = run(tmp_path, row, good, head=f"{HEAD},签发机关")

    assert [(e["row"], e["column"], e["code"]) for e in report.errors] == [
        (2, column, code)
    ]
    assert report.created == 1
    assert ID not in json.dumps(report.as_json())


def test_the_same_cycle_twice_in_a_file_is_refused(tmp_path):
    report = run(tmp_path, OPERATOR, OPERATOR)

    assert report.created == 1
    assert report.errors[0]["code"] == "duplicate_row"


def test_dry_run_changes_nothing(tmp_path):
    report = run(tmp_path, OPERATOR, dry_run=True)

    assert report.created == 1
    assert not Certificate.objects.exists()
    assert not Person.objects.exists()


def test_import_costs_the_same_queries_for_any_number_of_rows(
    tmp_path, django_assert_max_num_queries
):
    rows = [
        f"李海生,{ID},特种作业操作证,,1.{n},,2016-08-01,2016-08-01,2022-08-01,,,"
        for n in range(1, 6)
    ]

    with django_assert_max_num_queries(14):
        run(tmp_path, *rows)


def test_command_prints_the_report_as_json(tmp_path, capsys):
    path = tmp_path / "c.csv"
    path.write_text(f"{HEAD}\n{OPERATOR}\n", encoding="utf-8")

    call_command("import_certificates", str(path), "--json")

    assert json.loads(capsys.readouterr().out)["created"] == 1


def test_an_officer_of_one_town_records_for_its_people_only(tmp_path):
    ours, theirs = RecordedFactory(), RecordedFactory()
    town, other = Town.objects.all()[:2]
    for row, place in ((ours, town), (theirs, other)):
        employer = OrganisationFactory(town=place)
        Post.objects.create(
            person=row.person,
            organisation=employer,
            role="OTHER_STAFF",
            starts_on="2016-01-01",
        )
    officer = User.objects.create_user("officer", access=Access.TOWN, town=town)
    lines = [
        f"{row.person.name},{row.person.id_number},安全主任,,,,2016-08-01,2016-08-01,,,,"
        for row in (ours, theirs)
    ]

    report = run(tmp_path, *lines, OPERATOR, actor=officer)

    assert [(e["row"], e["code"]) for e in report.errors] == [
        (3, "not_your_person"),
        (4, "not_your_person"),
    ]
    assert report.created == 1
    event = AuditEvent.objects.get(action="import.beyond_scope")
    assert (event.actor, event.data["rows"]) == (officer, [3, 4])
