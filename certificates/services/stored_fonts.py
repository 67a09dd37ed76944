"""The stored fonts of the papers, made for names on record before they are printed."""

from django.core.cache import cache
from django.db.models import Max

from certificates.models import CertificateKind, Issuer
from certificates.pdf import fonts
from certificates.pdf.drawing import FIXED
from courses.models import Programme, TrainingClass
from lms.people.models import Organisation, Person, Town

# What a paper prints that somebody writes. A name that is changed later is not read
# again: if it needs another character, its papers get a font of their own.
PRINTED = {
    Person: ("name",),
    Organisation: ("name",),
    Town: ("name",),
    Programme: ("title", "basis"),
    TrainingClass: ("number",),
    Issuer: ("name", "signatory"),
    CertificateKind: ("name",),
}
READ = "certificates.stored_fonts"


def extend_fonts() -> int:
    """Store fonts that print what is on record; return how many characters came new.

    Rows that were read for the fonts that are stored are not read again: 28,000 names
    take 30 ms, none at all a few.
    """
    files = fonts.stored()
    was_for, read = cache.get(READ, (None, {}))
    if was_for != files:
        read = {}
    signs, now_read = set(FIXED), {}
    for model, fields in PRINTED.items():
        label, rows = model._meta.label, model.objects.order_by()
        after = read.get(label, 0)
        now_read[label] = rows.aggregate(last=Max("pk"))["last"] or 0
        if now_read[label] > after:
            for texts in rows.filter(pk__gt=after).values_list(*fields).iterator():
                signs.update(*texts)
    new = fonts.extend("".join(signs))
    cache.set(READ, (fonts.stored(), now_read), None)
    return new
