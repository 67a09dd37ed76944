"""Production: every secret comes from the environment, or nothing starts."""

import base64

from django.core.exceptions import ImproperlyConfigured

from lms.settings.base import *  # noqa: F403 - settings files are layered by star import
from lms.settings.base import BASE_URL, CELERY_BROKER_URL, REDIS_URL, env


def _required(name: str) -> str:
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return value


def _key(name: str) -> str:
    """Return a key of 32 bytes in base64; a wrong one stops the start."""
    value = _required(name)
    try:
        size = len(base64.b64decode(value, validate=True))
    except ValueError:
        size = 0
    if size != 32:
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64.")
    return value


DEBUG = False
SECRET_KEY = _required("SECRET_KEY")
PII_KEY = _key("PII_KEY")
PII_INDEX_KEY = _key("PII_INDEX_KEY")
_required("DATABASE_URL")
_required("SIGNING_KEYS_DIR")
if not (REDIS_URL and CELERY_BROKER_URL):
    raise ImproperlyConfigured("Set REDIS_URL and CELERY_BROKER_URL.")
if not BASE_URL.startswith("https://"):
    raise ImproperlyConfigured("BASE_URL must start with https://.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whose address is counted by rate limits: the one the nearest proxy reports.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 1)
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
