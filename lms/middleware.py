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
