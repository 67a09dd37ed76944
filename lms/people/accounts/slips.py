"""What a sign-in slip shows: where to go, as words and as a QR code, and the code."""

import qrcode
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import mark_safe
from qrcode.image.svg import SvgPathImage

from lms.people.models import Person


def slip_of(person: Person, code: str, request: HttpRequest) -> dict:
    """Return the context of ``people/_slip.html``.

    The QR code leads to the page and does not hold the activation code, so that a
    photograph of it opens no account.
    """
    address = request.build_absolute_uri(reverse("account_activate"))
    drawing = qrcode.make(address, image_factory=SvgPathImage, border=2)
    picture = mark_safe(drawing.to_string(encoding="unicode"))  # noqa: S308 - ours
    return {"person": person, "code": code, "address": address, "picture": picture}
