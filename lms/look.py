"""How a visitor wants pages to look: language, theme, large type. Cookies only.

Public pages are cached for everybody, so their switches cannot carry a token of
one visitor. The door below changes nothing but the visitor's own cookies and
answers only to forms of this site.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponseForbidden, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

THEME_COOKIE = "theme"
COMFORT_COOKIE = "comfort"
THEMES = ("light", "dark")
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Look:
    """One visitor's choices; ``theme`` is empty where the device decides."""

    language: str = settings.LANGUAGE_CODE
    theme: str = ""
    comfort: bool = False


def of(request) -> Look:
    """Read the look from the cookies; anything unknown counts as not chosen."""
    if request is None:
        return Look()
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    theme = request.COOKIES.get(THEME_COOKIE)
    return Look(
        language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        theme if theme in THEMES else "",
        request.COOKIES.get(COMFORT_COOKIE) == "1",
    )


def _from_here(request) -> bool:
    """Whether a form of this very site was sent, by what browsers always say."""
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return _parts(origin).netloc == request.get_host()


def _where_from(request) -> str:
    """The local page the form stood on, else the home page."""
    parts = _parts(request.headers.get("Referer", ""))
    back = f"{parts.path}?{parts.query}" if parts.query else parts.path
    allowed = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if back.startswith("/") and allowed else "/"


def _parts(address: str):
    """The parts of an address a browser claims; of a broken one, none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


@csrf_exempt
@require_POST
def change(request):
    """Set the cookies asked for and go back to the page the form stood on."""
    if not _from_here(request):
        return HttpResponseForbidden()
    response = HttpResponseRedirect(_where_from(request))
    options = {
        "max_age": YEAR,
        "samesite": "Lax",
        "httponly": True,
        "secure": request.is_secure(),
    }
    if request.POST.get("language") in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, request.POST["language"], **options
        )
    if request.POST.get("theme") in THEMES:
        response.set_cookie(THEME_COOKIE, request.POST["theme"], **options)
    elif request.POST.get("theme") == "auto":
        response.delete_cookie(THEME_COOKIE)
    if request.POST.get("comfort") == "on":
        response.set_cookie(COMFORT_COOKIE, "1", **options)
    elif request.POST.get("comfort") == "off":
        response.delete_cookie(COMFORT_COOKIE)
    return response


change.access_rule = "public"
