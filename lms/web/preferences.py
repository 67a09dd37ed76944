"""Display preferences of a visitor: language, theme, large type. Cookies only.

Public pages are cached for everybody, so their switches cannot carry a token of
one visitor. The view below changes nothing but the visitor's own cookies, accepts
forms of this site at once, and asks where a browser does not say who sent the form.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

THEME_COOKIE = "theme"
COMFORT_COOKIE = "comfort"
THEMES = ("light", "dark")
CHOICES = ("language", "theme", "comfort")
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Preferences:
    """One visitor's choices; ``theme`` is empty where the device decides."""

    language: str = settings.LANGUAGE_CODE
    theme: str = ""
    comfort: bool = False


def from_request(request) -> Preferences:
    """Read the choices from the cookies; anything unknown counts as not chosen."""
    if request is None:
        return Preferences()
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    theme = request.COOKIES.get(THEME_COOKIE)
    return Preferences(
        language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        theme if theme in THEMES else "",
        request.COOKIES.get(COMFORT_COOKIE) == "1",
    )


def _from_here(request) -> bool:
    """Whether the browser says that the form is of this site.

    A page with the policy ``no-referrer`` sends neither Referer nor Origin, so the
    newer header is asked first.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return _parts(origin).netloc == request.get_host()


def _page(request) -> str:
    """Return the local page the form stood on, else the home page."""
    page = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return page if page.startswith("/") and allowed else "/"


def _parts(address: str):
    """Return the parts of an address sent by a browser; empty if malformed."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def change(request):
    """Set the cookies asked for and go back to the page the form stood on."""
    if request.method != "POST":
        return HttpResponseRedirect("/")
    if not _from_here(request):
        chosen = {name: request.POST.get(name, "") for name in CHOICES}
        context = {"chosen": chosen | {"next": _page(request)}}
        return render(request, "preferences_confirm.html", context, status=403)
    response = HttpResponseRedirect(_page(request))
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
