"""The `hello` floor: an empty Django view, and a handler with no middleware at all."""

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path


def hello(request):
    return HttpResponse("hello")


urlpatterns = [path("", hello)]


class Hello(WSGIHandler):
    """A Django that knows this file's one address."""

    def get_response(self, request):
        request.urlconf = __name__
        return super().get_response(request)


def application() -> WSGIHandler:
    """Return the floor."""
    with override_settings(MIDDLEWARE=[]):
        return Hello()
