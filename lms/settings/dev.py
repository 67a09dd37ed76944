"""The embedded default: SQLite, one process group, demo content (``make run``)."""

import base64
import secrets

from lms.settings.base import *  # noqa: F403 - settings files are layered by star import
from lms.settings.base import DATA_DIR, env


def _local_secret(name: str) -> str:
    """Read a secret of this installation, made once and kept beside its data."""
    path = DATA_DIR / "secrets" / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text()


DEBUG = env.bool("DEBUG", False)
# Static files are served from their sources, without collecting them.
WHITENOISE_USE_FINDERS = DEBUG
DEMO = env.bool("DEMO", True)
SECRET_KEY = env.str("SECRET_KEY", "") or _local_secret("SECRET_KEY")
PII_KEY = env.str("PII_KEY", "") or _local_secret("PII_KEY")
PII_INDEX_KEY = env.str("PII_INDEX_KEY", "") or _local_secret("PII_INDEX_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", False)
