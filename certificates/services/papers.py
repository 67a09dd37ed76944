"""The stored PDF of a certificate: drawn by the sweep, read by views.

``Certificate.paper`` names the file once it is whole, so a write that broke off is
never read. Another address to print, or the mark of a demo, makes another edition.
Any storage backend will do.
"""

import logging
import time
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction

from certificates.models import Certificate
from certificates.pdf.drawing import certificate_pdf

logger = logging.getLogger(__name__)

# Drawn between two transactions.
AT_ONCE = 25
# How long a sweep draws; it is called every minute.
SECONDS = 45
DRAWN_TO = "certificates.papers"


def store_paper(certificate: Certificate) -> str:
    """Draw the PDF of an issued certificate and store it; return its name.

    Repeating it changes nothing. Of two that store it at once the first wins. A file
    of an earlier edition is deleted.
    """
    _point_at([(certificate, _drawn(certificate))])
    return certificate.paper


def store_awaiting(seconds: float = SECONDS) -> int:
    """Store the PDFs that are missing, for some seconds; return how many.

    The oldest first, each once: one that cannot be stored keeps no other waiting. Where
    the time runs out, the next call goes on; so does one beside this.
    """
    until, done = time.monotonic() + seconds, 0
    awaiting = Certificate.objects.awaiting_pdf(_edition()).order_by("pk")
    while time.monotonic() < until:
        rows = list(awaiting.filter(pk__gt=cache.get(DRAWN_TO, 0))[:AT_ONCE])
        if len(rows) == AT_ONCE:
            cache.set(DRAWN_TO, rows[-1].pk)
            done += _store(rows)
        else:
            cache.delete(DRAWN_TO)
            return done + _store(rows)
    return done


def stored_paper(certificate: Certificate) -> File | None:
    """Open the stored PDF; None where none of this edition is there (yet)."""
    if _edition() not in certificate.paper:
        return None
    try:
        return storages["private"].open(certificate.paper)
    except FileNotFoundError:
        logger.warning("certificate %s: stored PDF is gone", certificate.pk)
        return None


def _store(rows):
    """Draw some, then name their files in one transaction; return how many."""
    drawn = []
    for row in rows:
        try:
            drawn.append((row, _drawn(row)))
        except Exception:
            # Set aside: its holder still gets a paper, drawn when asked for.
            logger.exception("certificate %s: PDF not stored", row.pk)
    _point_at(drawn)
    return len(drawn)


def _drawn(certificate):
    """Draw a PDF into its file; return the name of it."""
    data = certificate_pdf(certificate)
    return _kept(storages["private"], _name_of(certificate), data)


def _point_at(drawn):
    """Name the file of each certificate, unless another was named meanwhile."""
    unused = []
    with transaction.atomic():
        for certificate, name in drawn:
            before = certificate.paper
            row = Certificate.objects.filter(pk=certificate.pk)
            if row.filter(paper=before).update(paper=name):
                certificate.paper, left = name, before
            else:
                certificate.paper = row.values_list("paper", flat=True).get()
                left = name
            if left and left != certificate.paper:
                unused.append(left)
    for name in unused:
        storages["private"].delete(name)


def _kept(storage, name, data):
    """Store data under a name; what stands there already is kept if it is the same."""
    if storage.exists(name):
        with storage.open(name) as file:
            if file.read() == data:
                return name
        storage.delete(name)
    return storage.save(name, ContentFile(data))


def _name_of(certificate):
    return f"certificates/{certificate.uuid}{_edition()}.pdf"


def _edition():
    edition = f"{settings.BASE_URL} {settings.DEMO}"
    return f"-{sha256(edition.encode()).hexdigest()[:8]}"
