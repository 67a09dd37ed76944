import datetime as dt
import io
from dataclasses import dataclass

import pytest
import xlsxwriter
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from lms.access.groups import BASE
from lms.evidence import clock
from lms.jobs.models import MAX_ATTEMPTS, Job, JobState
from lms.jobs.runner import claim, run_due
from lms.people.models import Organisation, Zone
from lms.sheets.files import FileRefused
from lms.sheets.imports import IMPORTS, ImportKind, ImportReport
from lms.sheets.uploads import APPLY, CHECK, run_upload, sweep_files
from tests.factories.people import StaffFactory

pytestmark = pytest.mark.django_db

GOOD = (
    "统一社会信用代码,单位名称,镇街\n"
    "91440899DEM000014M,示例冷冻厂,博铺街道\n"
    "91440899DEM000022G,示例鞋厂,没有这个镇\n"
).encode("gb18030")


def send(client, data=GOOD, name="单位.csv"):
    response = client.post(
        "/admin/imports/",
        {"kind": "organisations", "file": SimpleUploadedFile(name, data)},
    )
    run_due()
    return response.headers["Location"]


def confirm(client, address, sha256=None):
    job = Job.objects.get(uuid=address.split("/")[-2])
    digest = sha256 or job.payload["sha256"]
    return client.post(f"{address}confirm/", {"sha256": digest})


def test_check_shows_the_outcome_and_writes_nothing(client, base):
    address = send(client)

    body = client.get(address).content.decode()

    assert "unknown_value" in body
    assert Job.objects.get().result["created"] == 1
    assert Organisation.objects.count() == 0


def test_reasons_are_in_the_language_of_whoever_sent_the_sheet(client, base):
    client.cookies["django_language"] = "en"

    send(client)

    (refusal,) = Job.objects.get().errors
    assert refusal["message"].startswith("This word is not known here. Known are: 梅菉")


def test_confirmed_check_is_written_once_with_its_report(client, base):
    address = send(client)

    first = confirm(client, address).headers["Location"]
    second = confirm(client, address).headers["Location"]
    run_due()

    assert first == second
    assert Organisation.objects.get().name == "示例冷冻厂"
    report = client.get(f"{first}report.xlsx")
    assert b"".join(report).startswith(b"PK")


def test_same_file_sent_twice_at_once_is_one_job(client, base):
    one, two = send(client), send(client)

    assert confirm(client, one).url == confirm(client, two).url
    assert Job.objects.filter(kind=APPLY).count() == 1


def test_confirming_other_bytes_is_refused(client, base):
    address = send(client)

    confirm(client, address, sha256="0" * 64)
    run_due()

    assert Job.objects.filter(kind=APPLY).count() == 0
    assert Organisation.objects.count() == 0


def test_file_that_is_no_workbook_gets_a_sentence_with_a_code(client, base):
    address = send(client, b"\xd0\xcf\x11\xe0 not a workbook", "old.xlsx")

    assert "not_a_workbook" in client.get(address).content.decode()


def test_check_and_report_of_somebody_else_are_not_there(client, base):
    address = send(client)
    other = StaffFactory()
    other.groups.add(Group.objects.get(name=BASE))
    client.force_login(other)

    assert client.get(address).status_code == 404
    assert client.get(f"{address}report.xlsx").status_code == 404
    assert Job.objects.get().kind == CHECK


@pytest.fixture
def applying(client, base):
    """A job that is about to write what its check has shown."""
    confirm(client, send(client))
    return Job.objects.get(kind=APPLY)


def let_time_pass():
    long_ago = clock.now() - dt.timedelta(hours=1)
    Job.objects.filter(state=JobState.RUNNING).update(lease_until=long_ago)
    Job.objects.update(not_before=long_ago)


def counts(job):
    job.refresh_from_db()
    return job.state, job.result["created"], job.result["rejected"], len(job.errors)


def test_runner_that_dies_after_the_rows_leaves_a_true_report(applying):
    run_upload(claim(applying.pk), lambda done, total: None)
    assert Organisation.objects.count() == 1
    let_time_pass()

    run_due()

    assert counts(applying) == (JobState.DONE, 1, 1, 1)


@pytest.fixture
def full_disk(monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(storages["private"], "save", fail)


def test_report_that_cannot_be_kept_does_not_make_the_counts_untrue(
    client, applying, full_disk
):
    run_due()
    let_time_pass()
    run_due()

    assert counts(applying) == (JobState.DONE, 1, 1, 1)
    body = client.get(f"/admin/imports/{applying.uuid}/").content.decode()
    assert "unknown_value" in body
    assert "report.xlsx" not in body


def test_import_given_up_after_the_rows_does_not_say_nothing_was_written(
    client, applying, full_disk
):
    Job.objects.update(attempts=MAX_ATTEMPTS - 1)

    run_due()

    assert counts(applying) == (JobState.FAILED, 1, 1, 1)
    assert (
        "没有写入"
        not in client.get(f"/admin/imports/{applying.uuid}/").content.decode()
    )


def kept():
    return sorted(storages["private"].listdir("imports")[1])


def sweep_after(**time):
    return sweep_files(clock.now() + dt.timedelta(**time))


@pytest.fixture
def empty_folder(settings, tmp_path):
    private = settings.STORAGES["private"]
    options = {**private.get("OPTIONS", {}), "location": str(tmp_path)}
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {**private, "OPTIONS": options},
    }


@pytest.mark.usefixtures("empty_folder")
def test_applied_sheet_goes_and_its_reports_stay_for_thirty_days(client, base):
    confirm(client, send(client))
    run_due()
    check, applied = Job.objects.order_by("pk")

    assert sweep_after(hours=2) == 1
    assert sweep_after(hours=2) == 0
    reports = [f"{check.uuid.hex}-check.xlsx", f"{applied.uuid.hex}-apply.xlsx"]
    assert kept() == sorted(reports)
    assert sweep_after(days=29) == 0
    assert sweep_after(days=31) == 2
    assert kept() == []
    body = client.get(f"/admin/imports/{applied.uuid}/").content.decode()
    assert "report.xlsx" not in body


@pytest.mark.usefixtures("empty_folder")
def test_sheet_nobody_confirms_goes_after_a_week_and_says_so(client, base):
    address = send(client, GOOD.split(b"91440899DEM000022G")[0])
    assert (sweep_after(days=6), sweep_after(days=8)) == (0, 1)

    applied = confirm(client, address).headers["Location"]
    run_due()

    assert "file_gone" in client.get(applied).content.decode()
    assert not Organisation.objects.exists()


@pytest.mark.usefixtures("empty_folder")
def test_sweep_leaves_waiting_and_fresh_files_and_takes_orphans(applying):
    storages["private"].save("imports/orphan.xlsx", ContentFile(b"PK"))

    assert sweep_after(minutes=1) == 0
    assert sweep_after(days=8) == 1
    assert applying.payload["path"] in {f"imports/{name}" for name in kept()}


@pytest.mark.usefixtures("empty_folder", "db")
def test_sweep_without_any_upload_does_nothing():
    assert sweep_files() == 0


@dataclass(frozen=True, kw_only=True)
class LineImport(ImportKind):
    """Zones by name, one a line of a plain text: no sheet at all."""

    extensions = (".txt",)

    def read(self, data, *, filename, part=""):
        if b"=" in data:
            raise FileRefused("no_lines", "One name a line.")
        return data.decode().split()

    def run(self, source, *, dry_run, checkpoint=None, **options):
        report = ImportReport(rows=len(source))
        for name in source:
            if dry_run:
                report.created += not Zone.objects.filter(code=name).exists()
            else:
                report.created += Zone.objects.get_or_create(code=name, name=name)[1]
        return report


@pytest.fixture
def lines(monkeypatch):
    kind = LineImport(slug="lines", title="Lines", permission="people.add_organisation")
    monkeypatch.setitem(IMPORTS, kind.slug, kind)


def test_a_kind_that_is_no_sheet_is_checked_and_written(client, base, lines):
    def send_lines(data):
        file = SimpleUploadedFile("zones.txt", data)
        response = client.post("/admin/imports/", {"kind": "lines", "file": file})
        run_due()
        return response.headers["Location"]

    assert ".txt" in client.get("/admin/imports/").text
    refused = client.get(send_lines(b"a=b")).text
    address = send_lines(b"X1 X2")
    confirm(client, address)
    run_due()

    assert "no_lines" in refused
    assert Zone.objects.filter(code__in=["X1", "X2"]).count() == 2


def test_a_file_that_waits_to_be_checked_is_one_job_however_often_it_is_sent(
    client, base
):
    def post():
        file = SimpleUploadedFile("单位.csv", GOOD)
        return client.post("/admin/imports/", {"kind": "organisations", "file": file})

    assert post().url == post().url
    assert Job.objects.count() == 1


def test_another_file_waits_until_the_first_is_written(client, base):
    one, two = send(client), send(client, GOOD.replace(b"M,", b"M, "))
    first = confirm(client, one)

    assert confirm(client, two).url == two
    assert "正在写入" in client.get(two).text
    run_due()
    assert confirm(client, two).url not in (two, first.url)


def test_a_workbook_with_several_sheets_asks_which(client, base):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        for name, code in (("一季度", "TEMP-1"), ("二季度", "TEMP-2")):
            page = book.add_worksheet(name)
            page.write_row(0, 0, ["统一社会信用代码", "单位名称", "镇街"])
            page.write_row(1, 0, [code, "示例厂", "博铺街道"])
    address = send(client, stream.getvalue(), "单位.xlsx")

    others = ["三季度", "", "\0", "x" * 100_000]
    answers = [client.post(f"{address}part/", {"part": one}) for one in others]
    chosen = client.post(f"{address}part/", {"part": "二季度"}).url
    run_due()

    assert [answer.status_code for answer in answers] == [404] * len(others)
    assert "二季度" in client.get(address).text
    assert "读取的工作表：二季度" in client.get(chosen).text
    assert Job.objects.get(uuid=chosen.split("/")[-2]).result["created"] == 1


def test_a_refused_row_is_shown_with_its_name(client, base):
    assert "示例鞋厂" in client.get(send(client)).text


def test_an_import_cut_short_says_how_far_it_came(client, applying):
    Job.objects.filter(pk=applying.pk).update(
        state=JobState.FAILED, result={"rows": 2, "created": 1, "updated": 0}
    )

    assert "已写入新增 1 行" in client.get(f"/admin/imports/{applying.uuid}/").text
