from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import JsonResponse
from django.http.multipartparser import MultiPartParser
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

UPLOAD = "multipart/form-data"
FORM, UTF_8 = "application/x-www-form-urlencoded", ("utf-8", "utf8")
LARGEST_UPLOAD = 60 * 1024 * 1024
# Files of pages; every other response may be personal.
PAGE_FILES = ("image/", "video/", "font/", "text/css", "text/javascript", "text/vtt")


class CookieMiddleware:
    """Drop a cookie that holds a NUL, which PostgreSQL refuses in a query."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\0" not in value
        }
        return self.get_response(request)


class LanguageMiddleware:
    """Use the language of the cookie, else the default language.

    Django's own LocaleMiddleware takes the language of the browser, and many cheap
    phones are set to English.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if language not in dict(settings.LANGUAGES):
            language = settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class AdminPolicyMiddleware:
    """Bound what the back office may load to this site.

    Wagtail writes inline scripts and styles, so the strict policy of the public
    side leaves ``/admin/`` out; everything but those two stays as strict.
    """

    POLICY = (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'self'"
    )

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            # A preview is a public page, with its policy, shown in the editor's frame.
            policy = response.headers.get("Content-Security-Policy", self.POLICY)
            response.headers["Content-Security-Policy"] = policy.replace(
                "frame-ancestors 'none'", "frame-ancestors 'self'"
            )
        return response


class UploadLimitMiddleware:
    """Refuse a body before it is read: large, from all but staff, or no form at all.

    Django looks for the form's token inside the body, and would store gigabytes of
    anybody's upload before a view could say no. It fails on a form in another
    alphabet or without a boundary, and on its own answer to that failure.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        alphabet = request.content_params.get("charset", "utf-8")
        if request.content_type == FORM and alphabet.lower() not in UTF_8:
            raise BadRequest("A form that is not UTF-8.")
        if request.content_type == UPLOAD:
            boundary = request.content_params.get("boundary", "")
            if not MultiPartParser.boundary_re.fullmatch(boundary):
                raise BadRequest("An upload without a boundary.")
        length = request.META.get("CONTENT_LENGTH") or "0"
        size = int(length) if length.isdecimal() and len(length) < 20 else 0
        if size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and not (
            size <= LARGEST_UPLOAD
            and request.user.has_perm("wagtailadmin.access_admin")
        ):
            return self._refuse(request)
        return self.get_response(request)

    def _refuse(self, request):
        words = _("This request is too large.")
        if request.content_type == "application/json":
            body = {"code": "too_large", "message": words}
            return JsonResponse(body, status=413)
        return render(request, "413.html", {"words": words}, status=413)


class FramedRefusalMiddleware:
    """Show a page of the site where a library refuses a method with no text."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        reads_pages = "text/html" in request.headers.get("Accept", "")
        if response.status_code != 405 or response.content or not reads_pages:
            return response
        page = render(request, "405.html", status=405)
        page.headers["Allow"] = response.headers["Allow"]
        return page


class PersonalPagesMiddleware:
    """Forbid caching of pages of signed-in users: phones and browsers are shared."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        kind = response.headers.get("Content-Type", "")
        personal = not kind.startswith(PAGE_FILES)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and personal:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
