"""Whole pages, kept for visitors without a session (performance P8).

A page is kept only if its view says so with ``allow``. What is looked up is what
is kept apart by: address, language, theme, type size. Nothing else a browser sends
can choose or change a kept page (hostile inputs B066): a page asked for with any
other parameter may be answered from the cache, but is never put there.
"""

import hashlib
import uuid

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

from lms import look

SECONDS = 60
VERSION = "page-cache:version"
# Set by a message that waits, or by a person who signed in: never from the cache.
PERSONAL_COOKIES = (settings.SESSION_COOKIE_NAME, "messages")


def allow(response):
    """Mark a response as the same for every visitor without a session."""
    response.same_for_all = True
    return response


def purge() -> None:
    """Forget every page, by forgetting where they are."""
    cache.set(VERSION, uuid.uuid4().hex, None)


def _version() -> str:
    return cache.get_or_set(VERSION, lambda: uuid.uuid4().hex, None)


class PageCacheMiddleware:
    """Answer from the cache before any other work; keep what may be kept."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method != "GET" or not request.COOKIES.keys().isdisjoint(
            PERSONAL_COOKIES
        ):
            return self.get_response(request)
        key = self._key(request)
        kept = cache.get(key)
        if kept is not None:
            body, headers = kept
            return HttpResponse(body, headers=headers)
        response = self.get_response(request)
        if self._may_keep(request, response):
            response.headers["Cache-Control"] = "no-cache"
            patch_vary_headers(response, ["Cookie"])
            cache.set(key, (response.content, dict(response.headers)), SECONDS)
        return response

    @staticmethod
    def _key(request) -> str:
        seen = look.of(request)
        number = request.GET.get("page", "1")
        number = number if number.isdecimal() and len(number) < 4 else "1"
        # As sent: a forged host has no kept page, and meets ALLOWED_HOSTS inside.
        host = request.META.get("HTTP_HOST", "")
        asked = (
            f"{_version()}:{request.scheme}:{host}:{request.path}:{number}"
            f":{seen.language}:{seen.theme}:{seen.comfort}"
        )
        # A path may be longer than a key, and hold what no key may hold.
        return "page-cache:" + hashlib.sha256(asked.encode()).hexdigest()

    @staticmethod
    def _may_keep(request, response) -> bool:
        query = request.META.get("QUERY_STRING", "")
        number = query.removeprefix("page=")
        return (
            getattr(response, "same_for_all", False)
            and response.status_code == 200
            and not response.streaming
            and not response.cookies
            and "CSRF_COOKIE" not in request.META
            and (not query or (number != query and number.isdecimal()))
        )
