"""Fixed keys, cheap hashing, the database of ``DATABASE_URL`` or a SQLite file."""

from .base import *  # noqa: F403 - settings files are layered by star import
from .base import DATA_DIR, DATABASES, env

DEBUG = False
DEMO = True
SECRET_KEY = "tests-only"
PII_KEY = "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="
PII_INDEX_KEY = "dGVzdHMtaW5kZXgtdGVzdHMtaW5kZXgtdGVzdHMtaW4="
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STAFF_MFA_REQUIRED = False
# Parallel test processes have a database each, so their messages must not mix.
CELERY_TASK_DEFAULT_QUEUE = f"lms-test-{env.str('PYTEST_XDIST_WORKER', 'main')}"
TEST_ROOT = DATA_DIR / "test"
TEST_ROOT.mkdir(exist_ok=True)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and child processes must meet the real locks.
    DATABASES["default"]["TEST"] = {"NAME": str(TEST_ROOT / "test.sqlite3")}
MEDIA_ROOT = TEST_ROOT / "media"
PRIVATE_ROOT = TEST_ROOT / "private"
SIGNING_KEYS_DIR = TEST_ROOT / "keys"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT},
    },
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_ROOT, "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
