"""The stored PDF of a certificate: drawn by the sweep, read by views.

``Certificate.paper`` names the file once it is whole, so a write that broke off is
never read. Another address to print, or the mark of a demo, makes another edition.
Any storage backend will do.
"""

import logging
from hashlib import sha256

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from certificates.models import Certificate
from certificates.pdf.drawing import certificate_pdf, load_fonts

logger = logging.getLogger(__name__)

AT_ONCE = 100


def store_paper(certificate: Certificate) -> str:
    """Draw the PDF of an issued certificate and store it; return its name.

    Repeating it changes nothing. Of two that store it at once the first wins. A file
    of an earlier edition is deleted.
    """
    storage, before = storages["private"], certificate.paper
    name = _kept(storage, _name_of(certificate), certificate_pdf(certificate))
    row = Certificate.objects.filter(pk=certificate.pk)
    if not row.filter(paper=before).update(paper=name):
        certificate.paper = row.values_list("paper", flat=True).get()
        if certificate.paper != name:
            storage.delete(name)
        return certificate.paper
    certificate.paper = name
    if before and before != name:
        storage.delete(before)
    return name


def store_awaiting(limit: int = AT_ONCE) -> int:
    """Store the PDFs that are missing, the oldest first; return how many."""
    rows = list(Certificate.objects.awaiting_pdf(_edition()).order_by("pk")[:limit])
    if rows:
        load_fonts(rows)
    done = 0
    for row in rows:
        try:
            store_paper(row)
        except Exception:
            # Set aside: its holder still gets a paper, drawn when asked for.
            logger.exception("certificate %s: PDF not stored", row.pk)
        else:
            done += 1
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
