from django.conf import settings
from django.utils import translation


class LanguageMiddleware:
    """Speak the language of the cookie, else the city's.

    Django's own LocaleMiddleware asks the browser, and a cheap phone set to
    English at the factory would greet a worker in English.
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
            response.headers.setdefault("Content-Security-Policy", self.POLICY)
        return response
