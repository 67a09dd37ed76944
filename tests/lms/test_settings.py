import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "lms.settings.production",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUV",
    "PII_KEY": "aW52ZW50ZWQtaW52ZW50ZWQtaW52ZW50ZWQtMTIzNDU=",
    "PII_INDEX_KEY": "MTIzNDUtaW52ZW50ZWQtaW52ZW50ZWQtaW52ZW50ZWQ=",
    "SIGNING_KEYS_DIR": "keys",
    "ALLOWED_HOSTS": "example.org",
    "BASE_URL": "https://example.org",
    "DATABASE_URL": "sqlite:////tmp/none.sqlite3",
    "REDIS_URL": "redis://127.0.0.1",
    "CELERY_BROKER_URL": "redis://127.0.0.1",
}


def start(environment, tmp_path, code="import django; django.setup()"):
    kept = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=kept | environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )


def test_production_starts_with_everything_it_needs(tmp_path):
    assert start(COMPLETE, tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("address", "backend"),
    [({}, "dummy"), ({"EMAIL_URL": "smtp+tls://u:p@mail.example.org:587"}, "smtp")],
    ids=["none", "server"],
)
def test_mail_is_sent_only_where_a_server_is_named(tmp_path, address, backend):
    code = "from django.conf import settings; print(settings.EMAIL_BACKEND)"

    said = start(COMPLETE | address, tmp_path, code).stdout.strip()

    assert said == f"django.core.mail.backends.{backend}.EmailBackend"


@pytest.mark.parametrize("name", [n for n in COMPLETE if n != "DJANGO_SETTINGS_MODULE"])
def test_production_refuses_to_start_without(name, tmp_path):
    without = {key: value for key, value in COMPLETE.items() if key != name}

    run = start(without, tmp_path)

    assert run.returncode != 0
    assert name in run.stderr


def test_production_refuses_plain_http(tmp_path):
    run = start(COMPLETE | {"BASE_URL": "http://example.org"}, tmp_path)

    assert run.returncode != 0
    assert "https://" in run.stderr


@pytest.mark.parametrize("name", ["PII_KEY", "PII_INDEX_KEY"])
@pytest.mark.parametrize(
    "value", ["x", "c2hvcnQ=", COMPLETE["PII_KEY"][:-1] + "!", COMPLETE["PII_KEY"] * 2]
)
def test_production_refuses_a_key_that_is_not_32_bytes(name, value, tmp_path):
    run = start(COMPLETE | {name: value}, tmp_path)

    assert run.returncode != 0
    assert f"{name} must be 32 bytes" in run.stderr


def test_web_server_that_is_told_no_settings_is_production(tmp_path):
    run = start({}, tmp_path, "import lms.wsgi")

    assert run.returncode != 0
    assert "Set SECRET_KEY" in run.stderr


def test_what_the_database_address_asks_for_is_kept(tmp_path):
    address = "postgres://lms@db.example.org/lms?sslmode=verify-full&options=-c%20x=1"
    code = (
        "from django.conf import settings as s;print(s.DATABASES['default']['OPTIONS'])"
    )

    run = start(COMPLETE | {"DATABASE_URL": address}, tmp_path, code)

    assert "'sslmode': 'verify-full'" in run.stdout
    assert "synchronous_commit=on" in run.stdout


def test_parallel_test_processes_share_no_cache_queue_or_keys(tmp_path):
    code = (
        "from django.conf import settings as s;"
        "print(s.CACHES['default']['LOCATION'], s.CELERY_TASK_DEFAULT_QUEUE,"
        "s.SIGNING_KEYS_DIR)"
    )
    seen = [
        start(
            {
                "DJANGO_SETTINGS_MODULE": "lms.settings.test",
                "REDIS_URL": "redis://127.0.0.1:6379/2",
                "CELERY_BROKER_URL": "redis://127.0.0.1:6379/3",
                "PYTEST_XDIST_WORKER": f"gw{number}",
            },
            tmp_path,
            code,
        ).stdout.split()
        for number in range(3)
    ]

    caches, queues, keys = zip(*seen, strict=True)
    assert caches == tuple(f"redis://127.0.0.1:6379/{index}" for index in (2, 4, 5))
    assert len(set(queues)) == len(set(keys)) == 3


def test_a_sweep_nobody_took_is_forgotten_before_the_next():
    beat = settings.CELERY_BEAT_SCHEDULE["sweep"]

    assert beat["options"]["expires"] < beat["schedule"]


def test_the_readme_names_every_variable_that_the_settings_read():
    folder = settings.BASE_DIR / "lms/settings"
    texts = [
        (folder / name).read_text() for name in ("base.py", "dev.py", "production.py")
    ]
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', "".join(texts)))
    read -= {"GRANIAN_PORT", "GRANIAN_BLOCKING_THREADS"}  # set by ``serve``

    table = (settings.BASE_DIR / "README.md").read_text()
    named = set(re.findall(r"`([A-Z_]{3,})`", table))

    assert "EMAIL_URL" in read
    assert read - named == set()
