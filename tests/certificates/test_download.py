import resource
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.urls import reverse

from certificates.pdf.drawing import certificate_pdf
from certificates.views import holder
from lms.people.models import User
from tests.factories.proofs import issue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]


@pytest.fixture
def proof(client, settings, tmp_path):
    """A proof nobody has downloaded, its holder signed in, a store of its own."""
    private = settings.STORAGES["private"]
    options = {**private["OPTIONS"], "location": str(tmp_path / "private")}
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {**private, "OPTIONS": options},
    }
    proof = issue()
    client.force_login(User.objects.create(username="h", person=proof.person))
    return proof


def download(client, proof):
    response = client.get(reverse("certificates:pdf", args=[proof.uuid]))
    return b"".join(response.streaming_content)


def kept():
    folder = Path(storages["private"].path("certificates"))
    return sorted(path.name for path in folder.glob("*"))


def test_a_write_that_broke_off_leaves_no_half_paper(client, proof):
    whole = certificate_pdf(proof)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) // 2, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            download(client, proof)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert kept() == []
    assert download(client, proof) == whole
    assert len(kept()) == 1


def test_two_first_downloads_at_once_leave_one_file(client, proof, monkeypatch):
    met = []

    def drawn(row):
        if not met:
            met.append(True)
            met.append(download(client, row))
        return certificate_pdf(row)

    monkeypatch.setattr(holder, "certificate_pdf", drawn)

    assert download(client, proof) == met[1] == certificate_pdf(proof)
    assert len(kept()) == 1


def test_a_paper_that_prints_another_address_is_another_file(client, proof, settings):
    first = download(client, proof)
    settings.BASE_URL = "http://127.0.0.1:8101"

    again = download(client, proof)

    assert again == certificate_pdf(proof) != first
