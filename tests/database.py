"""The test database of SQLite: migrated once, copied for each process and test.

A migrated file is kept under the digest of what a migration can depend on. Each
process starts from a copy, and a test that commits is followed by a copy back
through SQLite's backup, which meets the open connections of other threads by locks.
"""

import fcntl
import hashlib
import shutil
import sqlite3
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

FOLDERS = {"migrations", "models", "evidence", "access"}
FILES = {"apps.py", "models.py", "evidence.py", "groups.py"}


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def image() -> Path:
    """Return the file of the migrated database; make it where there is none yet."""
    kept = settings.DATA_DIR / "test" / f"migrated-{_digest()}.sqlite3"
    with open(kept.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process makes it, the others wait
        if not kept.exists():
            connection.close()
            draft = kept.with_suffix(".draft")
            draft.unlink(missing_ok=True)
            name = connection.settings_dict["NAME"]
            connection.settings_dict["NAME"] = draft
            # An app migrates alone on an empty database too.
            call_command("migrate", "people", verbosity=0)
            call_command("migrate", verbosity=0)
            connection.close()
            connection.settings_dict["NAME"] = name
            draft.replace(kept)
    return kept


def start_from(kept: Path) -> None:
    """Put a copy of the migrated database where the tests look for theirs."""
    connection.close()
    name = connection.creation._get_test_db_name()
    shutil.copyfile(kept, name)
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def restore(kept: Path) -> None:
    """Make the test database what it was after the migrations."""
    connection.ensure_connection()
    with sqlite3.connect(f"file:{kept}?mode=ro", uri=True) as source:
        source.backup(connection.connection)
    source.close()


def keep(name: str) -> Path:
    """Copy the test database as it stands to a file of this process."""
    kept = settings.TEST_ROOT / f"{name}.sqlite3"
    kept.unlink(missing_ok=True)
    with sqlite3.connect(kept) as target:
        connection.connection.backup(target)
    target.close()
    return kept


def _digest() -> str:
    """Return a digest of everything that a migrated database can depend on."""
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for root in ("lms", "courses", "exams", "certificates"):
        for path in sorted((settings.BASE_DIR / root).rglob("*.py")):
            if FOLDERS & set(path.parts) or path.name in FILES:
                digest.update(path.read_bytes())
    digest.update((settings.BASE_DIR / "requirements.txt").read_bytes())
    return digest.hexdigest()[:16]
