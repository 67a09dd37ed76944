"""Pages anybody may open: is this certificate real, and is the register whole?"""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from certificates.models import DailyHead, RegisterHead
from certificates.pdf.lines import Line, printed_lines, reads_chinese
from certificates.register import signing
from certificates.verification.answers import (
    check_token,
    find_by_number,
    matches_last_four,
)
from certificates.verification.forms import NumberForm
from certificates.views.presentation import TONES, sentence
from lms.access.policies import public_page
from lms.evidence import clock
from lms.web import preferences
from lms.web.rate_limits import address_allowed, within

HERE = "<!-- answer -->"
PAGE = "address-of-this-page"
MATCHES_PER_MINUTE = 10
# Ten thousand fours could be tried from many addresses: a holder is guarded too.
MATCHES_PER_HOLDER_AND_DAY = 30
QUERIES_PER_MINUTE = 30
MINUTE, DAY = 60, 24 * 3600


_drawn: dict[tuple, str] = {}
MOST_DRAWN = 2048


@dataclass(frozen=True)
class Shown:
    """Everything the answer of a check shows."""

    tone: str
    word: str
    sentence: str
    outcome: str
    title: str = ""
    meaning: str = ""
    day: str = ""
    lines: tuple[Line, ...] = ()
    match: bool | None = None


@csrf_exempt  # no session and no change: there is nothing to forge
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def verify(request, token):
    """Say what a scanned token is worth; POST compares the last four characters."""
    answer = check_token(token)
    if "application/json" in request.headers.get("Accept", ""):
        return _quiet(JsonResponse(answer.as_json(), status=_code(answer)))
    match = None
    if request.method == "POST" and answer.row:
        if refusal := _match_refused(request, answer):
            return refusal
        match = matches_last_four(answer.row, request.POST.get("last_four", ""))
    page = _shell(preferences.from_request(request)).replace(
        HERE, _fragment(answer, match)
    )
    page = page.replace(PAGE, escape(request.path))
    return _quiet(HttpResponse(page, status=_code(answer)))


@csrf_exempt  # no session and no change: there is nothing to forge
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def query(request):
    """Find a certificate by number and full name; a miss never says which missed."""
    if request.method != "POST":
        return _quiet(
            render(request, "certificates/query.html", {"form": NumberForm()})
        )
    if not address_allowed(request, "query", limit=QUERIES_PER_MINUTE):
        return _wait_a_minute(request)
    number = request.POST.get("number", "")
    row = find_by_number(number, request.POST.get("name", ""))
    if row:
        return _quiet(redirect("certificates:verify", token=row.token))
    # The number stays to be compared; no public answer holds a full name (C09).
    form = NumberForm(initial={"number": number[:40].replace("\0", "")})
    context = {"form": form, "missed": True}
    return _quiet(render(request, "certificates/query.html", context))


@require_safe
@public_page
def keys(request):
    """Return the public keys with their periods, for checks without this site."""
    rows = [vars(key) for key in signing.public_keys().values()]
    return JsonResponse({"alg": "ES256", "crv": "P-256", "keys": rows})


@require_safe
@public_page
def register(request):
    """The head of the register at the end of every day, to be written down."""
    heads = DailyHead.objects.all()
    now = RegisterHead.objects.get(pk=1)
    if "application/json" in request.headers.get("Accept", ""):
        rows = [
            {"day": h.day.isoformat(), "entries": h.entries, "hash": h.hash}
            for h in heads
        ]
        head = {"entries": now.entries, "hash": now.hash}
        return JsonResponse({"head": head, "heads": rows})
    context = {"heads": heads[:90], "now": now}
    return render(request, "certificates/register.html", context)


@lru_cache(maxsize=64)
def _shell(visitor):
    """Return the page around an answer, the same for equal display preferences."""
    request = _Blank(visitor)
    context = {"here": HERE, "demo": settings.DEMO, "request": request}
    return render_to_string("certificates/verification.html", context)


class _Blank:
    """A request that holds only the display preferences of a visitor."""

    path = "/v/"

    def __init__(self, visitor):
        self.COOKIES = {
            settings.LANGUAGE_COOKIE_NAME: visitor.language,
            preferences.THEME_COOKIE: visitor.theme,
            preferences.COMFORT_COOKIE: "1" if visitor.comfort else "",
        }

    def get_full_path(self):
        return PAGE


def _match_refused(request, answer):
    """The page that refuses one more comparison, or None."""
    if not address_allowed(request, "match", limit=MATCHES_PER_MINUTE):
        return _wait_a_minute(request)
    tries = f"holder.{answer.row.person_id}.{answer.day}"
    if within(tries, limit=MATCHES_PER_HOLDER_AND_DAY, seconds=DAY):
        return None
    return _too_many(
        request,
        _("Not again today"),
        _(
            "The last four characters of this holder were compared too often today. "
            "They can be compared again tomorrow; the certificate itself can be "
            "checked at any time."
        ),
        seconds=clock.seconds_left_of_day(answer.row.now),
    )


def _shown(answer, match):
    if answer.row is None:
        return Shown(
            "bad",
            str(answer.outcome.label),
            _(
                "This is not one of our certificates. Do not rely on it, and tell "
                "the training base who showed it to you."
            ),
            str(answer.outcome),
        )
    return Shown(
        TONES.get(answer.outcome, "bad"),
        str(answer.outcome.label),
        sentence(answer),
        str(answer.outcome),
        answer.row.facts["title"],
        "" if reads_chinese() else answer.row.kind.name_en,
        answer.day.isoformat(),
        printed_lines(answer.facts()),
        match,
    )


def _fragment(answer, match):
    """Return the answer as HTML, kept until something that it depends on changes."""
    row = answer.row
    key = (get_language(), answer.outcome, match)
    if row is not None:
        key += (answer.status, answer.day, row.pk, row.kind.name_en)
        key += (row.valid_from, row.valid_to, row.review_due_on, answer.ended_on)
        key += (row.replaced_on, row.holder_name, answer.reason_class)
        key += tuple(row.facts.items())
    drawn = _drawn.get(key)
    if drawn is None:
        if len(_drawn) >= MOST_DRAWN:
            _drawn.clear()
        context = {"shown": _shown(answer, match)}
        drawn = _drawn[key] = render_to_string("certificates/_answer.html", context)
    return drawn


def _code(answer):
    return 404 if answer.row is None else 200


def _quiet(response):
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _wait_a_minute(request):
    return _too_many(
        request,
        _("One moment, please"),
        _(
            "Too many questions came from your network in this minute. Please wait "
            "a minute and try again."
        ),
        seconds=MINUTE,
    )


def _too_many(request, heading, reason, *, seconds):
    context = {"heading": heading, "reason": reason}
    response = render(request, "certificates/too_many.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return _quiet(response)
