"""The stored PDF: drawn by the sweep into any storage; views only read it."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse

from certificates.jobs import sweep_papers
from certificates.models import Certificate
from certificates.pdf.drawing import certificate_pdf
from certificates.services import papers, revoke_certificate
from certificates.services.papers import store_awaiting, store_paper
from certificates.views import holder
from lms.people.models import User
from tests.certificates.pathless import PathlessStorage
from tests.factories.proofs import RecordedFactory, issue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]

FILES = "django.core.files.storage.FileSystemStorage"
PATHLESS = "tests.certificates.pathless.PathlessStorage"


@pytest.fixture(params=["folder", "no-paths"])
def private(request, settings, tmp_path):
    """A private storage of its own, empty: a folder, or like an object store."""
    folder = {"location": str(tmp_path / "private")}
    backends = {
        "folder": {"BACKEND": FILES, "OPTIONS": folder},
        "no-paths": {"BACKEND": PATHLESS},
    }
    backend = backends[request.param]
    settings.STORAGES = settings.STORAGES | {"private": backend}
    return storages["private"]


@pytest.fixture
def proof(client, private):
    """A proof nobody has downloaded, its holder signed in."""
    proof = issue()
    client.force_login(User.objects.create(username="h", person=proof.person))
    return proof


def download(client, proof):
    response = client.get(reverse("certificates:pdf", args=[proof.uuid]))
    return b"".join(response.streaming_content)


def kept(private, folder="certificates"):
    try:
        return sorted(private.listdir(folder)[1])
    except FileNotFoundError:
        return []


def refuse(*args, **kwargs):
    raise AssertionError("nobody asks this")


def test_an_object_store_has_no_paths():
    with pytest.raises(NotImplementedError):
        PathlessStorage().path("x")


def test_a_download_gives_the_paper_at_once_and_stores_nothing(
    client, proof, private, monkeypatch
):
    monkeypatch.setattr(private, "save", refuse)

    assert download(client, proof) == certificate_pdf(proof)

    assert kept(private) == []
    proof.refresh_from_db()
    assert proof.paper == ""


@pytest.mark.services
def test_the_sweep_stores_it_and_the_download_reads_that(
    client, proof, private, monkeypatch
):
    assert sweep_papers() == 1
    assert sweep_papers() == 0
    monkeypatch.setattr(holder, "certificate_pdf", refuse)

    assert download(client, proof) == certificate_pdf(proof)

    assert len(kept(private)) == 1


def test_a_write_that_breaks_off_is_never_read_and_done_again(
    client, proof, private, monkeypatch
):
    whole, save = certificate_pdf(proof), private.save

    def break_off(name, content):
        save(name, ContentFile(content.read()[:100]))
        raise OSError("too large")

    monkeypatch.setattr(private, "save", break_off)
    assert store_awaiting() == 0
    assert len(kept(private)) == 1
    assert download(client, proof) == whole

    monkeypatch.setattr(private, "save", save)
    assert store_awaiting() == 1
    assert download(client, proof) == whole
    assert len(kept(private)) == 1


def test_two_that_store_at_once_leave_one_file(client, proof, private, monkeypatch):
    others = []

    def drawn(row):
        if not others:
            others.append(None)
            others.append(store_paper(Certificate.objects.get(pk=row.pk)))
        return certificate_pdf(row)

    monkeypatch.setattr(papers, "certificate_pdf", drawn)
    name = store_paper(proof)

    assert name == others[1]
    assert len(kept(private)) == 1
    assert download(client, proof) == certificate_pdf(proof)


def test_the_one_that_comes_too_late_takes_its_own_file_away(
    client, proof, private, monkeypatch
):
    monkeypatch.setattr(private, "exists", lambda name: False)
    late = Certificate.objects.get(pk=proof.pk)
    monkeypatch.setattr(private, "get_available_name", lambda name, **k: f"2{name}")
    first = store_paper(proof)
    monkeypatch.setattr(private, "get_available_name", lambda name, **k: name)

    assert store_paper(late) == first

    assert kept(private) == []
    assert len(kept(private, "2certificates")) == 1
    assert download(client, proof) == certificate_pdf(proof)


def test_a_file_that_is_gone_keeps_no_paper_from_its_holder(client, proof, private):
    private.delete(store_paper(proof))

    assert download(client, proof) == certificate_pdf(proof)


def test_a_paper_that_prints_another_address_takes_the_place_of_the_old(
    client, proof, private, settings
):
    sweep_papers()
    first, files = download(client, proof), kept(private)
    settings.BASE_URL = "http://127.0.0.1:8101"

    again = download(client, proof)
    assert again == certificate_pdf(proof) != first
    assert sweep_papers() == 1

    assert download(client, proof) == again
    assert len(kept(private)) == 1
    assert kept(private) != files


def test_only_proofs_in_force_are_drawn_and_one_failure_holds_up_no_other(
    proof, private, monkeypatch, caplog
):
    revoked, other = issue(), issue()
    revoke_certificate(revoked, reason_class="FALSE_FACTS", reason="测试")
    RecordedFactory()

    def drawn(row):
        if row.pk == proof.pk:
            raise OSError("no")
        return certificate_pdf(row)

    monkeypatch.setattr(papers, "certificate_pdf", drawn)

    assert store_awaiting() == 1

    assert [row.pk for row in Certificate.objects.exclude(paper="")] == [other.pk]
    assert f"certificate {proof.pk}" in caplog.text


def test_a_hundred_that_always_fail_keep_no_other_waiting(private, monkeypatch):
    monkeypatch.setattr(papers, "AT_ONCE", 2)
    rows = [issue() for _ in range(5)]
    failing = {row.pk for row in rows[:4]}

    def drawn(row):
        if row.pk in failing:
            raise OSError("no")
        return certificate_pdf(row)

    monkeypatch.setattr(papers, "certificate_pdf", drawn)

    assert store_awaiting() == 1
    assert [row.pk for row in Certificate.objects.exclude(paper="")] == [rows[4].pk]
    failing.clear()
    assert [store_awaiting(), store_awaiting()] == [4, 0]


def test_where_the_time_runs_out_the_next_sweep_goes_on(private, monkeypatch):
    monkeypatch.setattr(papers, "AT_ONCE", 2)
    for _ in range(5):
        issue()
    clock = iter(range(100))
    monkeypatch.setattr(papers.time, "monotonic", lambda: next(clock))

    # Begin, and two looks at the clock: two papers, and the time is over.
    assert [store_awaiting(seconds=2) for _ in range(4)] == [2, 2, 1, 0]
