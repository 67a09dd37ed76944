"""Fixed keys, cheap hashing, the database of ``DATABASE_URL`` or a SQLite file."""

from urllib.parse import urlsplit

from lms.settings.base import *  # noqa: F403 - settings files are layered by star import
from lms.settings.base import (
    CACHES,
    CELERY_BROKER_URL,
    DATA_DIR,
    DATABASES,
    REDIS_URL,
    env,
)

# Parallel test processes have a database each; what else they write must not mix.
WORKER = env.str("PYTEST_XDIST_WORKER", "main")


def _redis_of_worker() -> str:
    """Return the address of this process's own Redis database, never the broker's.

    Each test clears its cache, and clearing is FLUSHDB.
    """
    address = urlsplit(REDIS_URL)
    taken = urlsplit(CELERY_BROKER_URL).path
    first = int(address.path.strip("/") or 0)
    paths = [f"/{(first + step) % 16}" for step in range(16)]
    free = [path for path in paths if path != taken]
    number = int(WORKER.removeprefix("gw").removeprefix("main") or 0)
    return address._replace(path=free[number % len(free)]).geturl()


DEBUG = False
WHITENOISE_USE_FINDERS = True
DEMO = True
SECRET_KEY = "tests-only"
PII_KEY = "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="
PII_INDEX_KEY = "dGVzdHMtaW5kZXgtdGVzdHMtaW5kZXgtdGVzdHMtaW4="
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STAFF_MFA_REQUIRED = False
CELERY_TASK_DEFAULT_QUEUE = f"lms-test-{WORKER}"
if REDIS_URL:
    CACHES["default"]["LOCATION"] = _redis_of_worker()
TEST_ROOT = DATA_DIR / "test" / WORKER
TEST_ROOT.mkdir(parents=True, exist_ok=True)
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
