import os
import subprocess
import sys

import pytest
from django.conf import settings

COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "lms.settings.production",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUV",
    "PII_KEY": "x",
    "PII_INDEX_KEY": "x",
    "SIGNING_KEYS_DIR": "keys",
    "ALLOWED_HOSTS": "example.org",
    "BASE_URL": "https://example.org",
    "DATABASE_URL": "sqlite:////tmp/none.sqlite3",
    "REDIS_URL": "redis://127.0.0.1",
    "CELERY_BROKER_URL": "redis://127.0.0.1",
}


def start(environment, tmp_path):
    code = "import django; django.setup()"
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
