"""Reading the bytes of a file that somebody wants to import."""

from pathlib import Path

from django.utils.translation import gettext as _

MAX_FILE = 50 * 1024 * 1024


class FileRefused(Exception):
    """The file as a whole cannot be read. ``code`` is stable, ``str()`` a sentence.

    ``choices`` names the parts of the file among which the sender has to choose.
    """

    def __init__(self, code: str, message: str, *, choices: list[str] | None = None):
        super().__init__(message)
        self.code = code
        self.choices = choices or []


def bytes_of(source) -> bytes:
    """Return the bytes of a path, file or bytes; raise ``FileRefused``."""
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise FileRefused("no_file", _("There is no such file."))
        if path.stat().st_size > MAX_FILE:
            raise FileRefused("too_large", _("The file is too large."))
        data = path.read_bytes()
    else:
        data = source.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise FileRefused("too_large", _("The file is too large."))
    if not data.strip():
        raise FileRefused("empty_file", _("The file is empty."))
    return data
