"""Whole pages, kept for visitors without a session (docs/performance.md, P8).

A page is kept only if its view says so with ``allow``. The key is address, language,
theme and type size. Nothing else that a browser sends can choose or change a kept
page (B066): with any parameter but its number a page is neither kept nor taken from
the cache.
"""

import re
import time
import uuid

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

from lms.web import preferences

SECONDS = 60
VERSION = "page-cache:version"
MOST_PAGES = 2000
PAGE = re.compile(r"page=[0-9]{1,3}")
# Cookies of a pending message or of a session: these requests bypass the cache.
PERSONAL_COOKIES = (settings.SESSION_COOKIE_NAME, "messages")


def allow(response):
    """Mark a response as the same for every visitor without a session."""
    response.same_for_all = True
    return response


def purge() -> None:
    """Remove every kept page by changing the key of all."""
    cache.set(VERSION, uuid.uuid4().hex, None)


class PageCacheMiddleware:
    """Answer from the cache before any other work; keep what may be kept."""

    def __init__(self, get_response):
        self.get_response = get_response
        # This process's copy of what is kept: the shared cache is asked only
        # whether anything was published since.
        self.pages = {}

    def __call__(self, request):
        if not self._is_plain(request):
            return self.get_response(request)
        version = cache.get(VERSION)
        if version is None:
            version = uuid.uuid4().hex
            cache.add(VERSION, version, None)
        key = self._key(request, version)
        kept = self.pages.get(key)
        if kept is not None and kept[0] > time.monotonic():
            return HttpResponse(kept[1], headers=kept[2])
        response = self.get_response(request)
        if self._may_keep(request, response):
            response.headers["Cache-Control"] = "no-cache"
            patch_vary_headers(response, ["Cookie"])
            if len(self.pages) >= MOST_PAGES:
                self.pages.clear()
            until = time.monotonic() + SECONDS
            self.pages[key] = (until, response.content, dict(response.headers))
        return response

    @staticmethod
    def _is_plain(request) -> bool:
        query = request.META.get("QUERY_STRING", "")
        return (
            request.method == "GET"
            and (not query or PAGE.fullmatch(query) is not None)
            and request.COOKIES.keys().isdisjoint(PERSONAL_COOKIES)
        )

    @staticmethod
    def _key(request, version) -> tuple:
        # As sent: a forged host has no kept page, and ALLOWED_HOSTS refuses it later.
        host = request.META.get("HTTP_HOST", "")
        query = request.META.get("QUERY_STRING", "")
        seen = preferences.from_request(request)
        return version, request.scheme, host, request.path_info, query, seen

    @staticmethod
    def _may_keep(request, response) -> bool:
        return (
            getattr(response, "same_for_all", False)
            and response.status_code == 200
            and not response.streaming
            and not response.cookies
            and "CSRF_COOKIE" not in request.META
        )
