"""Static files as the server sends them: hashed names, compressed, kept for good."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_static_files() -> bool:
    """Collect, name and compress the static files; return False where none changed.

    Compressing costs seconds, so what was collected is remembered.
    """
    mark = Path(settings.STATIC_ROOT) / "collected.txt"
    found = _fingerprint()
    if mark.exists() and mark.read_text() == found:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(found)
    return True


def _fingerprint() -> str:
    """Return a hash over path, size and time of every file the finders know."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            state = Path(storage.path(path)).stat()
            digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
