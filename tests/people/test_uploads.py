import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from lms.jobs.models import Job
from lms.jobs.services import run_due
from lms.people.groups import BASE
from lms.people.models import Organisation
from lms.people.services.uploads import APPLY, CHECK
from tests.people.factories import UserFactory

pytestmark = pytest.mark.django_db

GOOD = (
    "统一社会信用代码,单位名称,镇街\n"
    "91440899DEM000014M,示例冷冻厂,博铺街道\n"
    "91440899DEM000022G,示例鞋厂,没有这个镇\n"
).encode("gb18030")


@pytest.fixture
def base(client):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=BASE))
    client.force_login(user)
    return user


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
    other = UserFactory()
    other.groups.add(Group.objects.get(name=BASE))
    client.force_login(other)

    assert client.get(address).status_code == 404
    assert client.get(f"{address}report.xlsx").status_code == 404
    assert Job.objects.get().kind == CHECK
