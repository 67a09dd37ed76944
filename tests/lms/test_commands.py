"""What an installation starts with, and what starts it."""

import subprocess
import sys

import polib
import pytest
from django.conf import settings
from django.core.management import (
    CommandError,
    call_command,
    execute_from_command_line,
)
from django.urls import reverse
from django.utils.translation import gettext, override
from wagtail.models import Page, Site, WorkflowPage

from lms.campaigns.models import HomePage
from lms.jobs.management.commands import serve
from lms.people.models import User
from tests.factories.proofs import earn


@pytest.fixture
def prepared(db, settings, tmp_path):
    settings.SIGNING_KEYS_DIR = tmp_path / "keys"
    Site.clear_site_root_paths_cache()
    for _ in range(2):
        call_command("prepare")


def test_an_installation_without_demo_opens_on_its_own_front_page(client, prepared):
    response = client.get("/")

    home = HomePage.objects.get()
    assert response.status_code == 200
    assert home.title in response.content.decode()
    assert not Page.objects.filter(slug="home").exists()
    assert WorkflowPage.objects.get(page=home).workflow.name == "发布前审稿"


def test_first_account_signs_in_and_sees_everybody(
    client, prepared, settings, monkeypatch
):
    settings.STAFF_MFA_REQUIRED = True
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "Correct-horse-9")
    call_command("createsuperuser", username="first", interactive=False, verbosity=0)
    person = earn().person
    listing = "/admin/snippets/people/person/"

    client.post("/accounts/login/", {"login": "first", "password": "Correct-horse-9"})

    assert client.get(listing).headers["Location"] == reverse("mfa_activate_totp")
    settings.STAFF_MFA_REQUIRED = False
    assert person.name in client.get(listing).content.decode()
    assert User.objects.get().is_superuser


@pytest.mark.parametrize(
    "words",
    [
        "import_roster",
        "import_organisations",
        "import_training",
        "import_certificates",
        "plan_report --plan 13FYP --as-of 2017-12-31 --by nonsense",
        "plan_snapshot",
        "issue_certificates",
        "verify_certificate",
        "verify_register --nonsense",
        "sweep --nonsense",
        "serve --port many",
        "seed_demo --people many",
    ],
)
def test_a_wrong_usage_is_a_failure_and_no_refused_row(words, capsys):
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", *words.split()])

    printed = capsys.readouterr()
    assert ended.value.code == 1
    assert printed.out == ""
    assert f"manage.py {words.split()[0]}: error: " in printed.err


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_load_balancer_asks_by_address_and_without_https(client, db, settings, address):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(address, headers={"host": "10.1.2.3"}).status_code == 200
    assert client.get("/", headers={"host": "10.1.2.3"}).status_code != 200


def test_serve_says_so_when_the_web_server_stops_before_it_answers():
    command = serve.Command()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    command.children = {"web": gone}

    with pytest.raises(CommandError, match="stopped"):
        command.announce("http://127.0.0.1:1")


def test_serve_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(serve, "FIRST_ANSWER", -1)

    with pytest.raises(CommandError, match="does not answer"):
        serve.Command().announce("http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("told", "printed"),
    [({}, "http://127.0.0.1:8101"), ({"BASE_URL": "http://lan:80"}, "http://lan:80")],
    ids=["nowhere", "somewhere"],
)
def test_codes_lead_to_the_port_that_is_served(monkeypatch, told, printed):
    monkeypatch.delenv("BASE_URL", raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    code = "from certificates.pdf.drawing import token_url; print(token_url('A'))"
    run = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {code}"],
        env=serve.environment_at("http://127.0.0.1:8101"),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )

    assert run.stdout.strip() == f"{printed.upper()}/V/A", run.stderr


def test_prepare_speaks_chinese_as_soon_as_it_has_compiled(settings, tmp_path):
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    entry = polib.POEntry(msgid="Compiled a moment ago", msgstr="刚刚编译")
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    catalogue.append(entry)
    catalogue.save(str(folder / "django.po"))
    settings.LOCALE_PATHS = [tmp_path]
    assert gettext(entry.msgid) == entry.msgid

    call_command("prepare", translations_only=True)

    with override(settings.LANGUAGE_CODE):
        assert gettext(entry.msgid) == entry.msgstr
