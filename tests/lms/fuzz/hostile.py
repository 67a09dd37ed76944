"""Requests nobody should send: every address, method and kind of body."""

import json
import random
import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

METHODS = ["GET"] * 5 + ["POST"] * 5 + ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"]
WORDS = [
    "",
    "0",
    "1",
    "2",
    "-1",
    "x",
    "²",
    "9" * 24,
    "1e999",
    "NaN",
    "\0",
    "a\0b",
    "%00",
    "../../etc/passwd",
    "吴川",
    "\ud7ff",
    "𬭎",
    "=1+1",
    "<b>",
    "'",
    "[]",
    "{}",
    "null",
    "[1]",
    '{"a": 1}',
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "true",
    "all",
    "csv",
    "x" * 5000,
]
NAMES = [
    "id",
    "pk",
    "p",
    "q",
    "page",
    "ordering",
    "export",
    "tags",
    "collection_id",
    "parent_id",
    "next",
    "token",
    "slug",
    "title",
    "file",
    "url",
    "email_address",
    "subject",
    "body",
    "body-count",
    "body-0-type",
    "body-0-value",
    "body-0-deleted",
    "body-0-order",
    "body-0-id",
    "action-publish",
    "action-submit",
    "search",
    "kind",
    "type",
    "childOf",
    "page_type",
    "object_type",
    "locale",
    "user_id",
    "link_text",
    "link-chooser-url",
    "limit",
    "offset",
    "fields",
    "at",
    "as_of",
    "plan",
    "by",
    "starts_on",
    "opens_at",
    "date_from",
    "content_type",
    "app_label",
    "model_name",
    "workflow-action-name",
    "comments-TOTAL_FORMS",
    "comments-INITIAL_FORMS",
    "item",
    "choose",
    "results",
    "multiple",
    "allowed_extensions",
    "format",
    "revision_id",
    "new_title",
    "new_slug",
    "copy_subpages",
    "csrfmiddlewaretoken",
    "login",
    "password",
    "name",
    "number",
    "answer",
    "value",
    "seq",
    "items",
    "editing_session",
    "target-data",
    "positions",
    "update_children",
]
TYPES = [
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=BOUNDARY",
    "text/plain",
    "application/octet-stream",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded; charset=gbk",
]
HEADERS = [
    {},
    {},
    {},
    {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"},
    {"HTTP_ACCEPT": "application/json"},
    {"HTTP_RANGE": "bytes=9-1,0-0"},
    {"HTTP_IF_MODIFIED_SINCE": "Mon, 99 Foo 0001"},
    {"HTTP_COOKIE": "language=\x01; sessionid=%00"},
]
GROUP = re.compile(r"\(\?P<(\w+)>((?:[^()]|\([^()]*\))*)\)|\(((?:[^()\\?]|\\.)+)\)")
ROUTE = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = TYPES[0]
    headers: dict = field(default_factory=dict)

    def __str__(self):
        where = f"{self.method} {self.path[:200]}?{self.query[:200]}"
        return f"{where} {self.content_type} {self.body[:300]}"


def addresses() -> list[str]:
    """Return every pattern of the URL configuration, as one text each."""
    return sorted(set(_patterns(get_resolver().url_patterns, "/")))


def _patterns(patterns, prefix):
    for pattern in patterns:
        part = str(pattern.pattern)
        if not isinstance(pattern.pattern, RoutePattern):
            part = part.removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, prefix + part)
        elif isinstance(pattern, URLPattern):
            yield prefix + part


def known_keys() -> list[str]:
    """Return keys and identifiers of real rows, so that requests reach the views."""
    keys = {str(number) for number in range(1, 12)}
    for model in apps.get_models():
        rows = model._default_manager.order_by("-pk")
        keys |= {str(key) for key in rows.values_list("pk", flat=True)[:3]}
        names = {field.name for field in model._meta.concrete_fields}
        for name in names & {"uuid", "token", "number", "code", "slug", "username"}:
            keys |= {str(value) for value in rows.values_list(name, flat=True)[:3]}
    for model in apps.get_models():
        keys |= {model._meta.app_label, model._meta.model_name}
    return sorted(keys)


class Hostile:
    """An endless, repeatable source of requests.

    It learns which fields the view of an address asks for, and then sends those too.
    """

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.addresses = addresses()
        self.keys = known_keys()
        self.address = ""
        self.asked: dict[str, dict[str, None]] = {}

    def learn(self, name: str) -> None:
        """Remember a field that the view of the latest request has asked for."""
        self.asked.setdefault(self.address, {})[name] = None

    def next(self) -> Request:
        pick = self.random.choice
        self.address = pick(self.addresses)
        path = self._filled(self.address)
        method = pick(METHODS)
        query = urlencode(self._fields(3)) if self.random.random() < 0.5 else ""
        content_type, body = TYPES[0], b""
        if method not in ("GET", "HEAD"):
            content_type = pick(TYPES)
            body = self._body(content_type)
        return Request(method, path, query, body, content_type, pick(HEADERS))

    def _filled(self, pattern):
        pattern = ROUTE.sub(lambda match: self._value(match[1]), pattern)
        pattern = GROUP.sub(lambda match: self._value(match[1] or ""), pattern)
        return quote(re.sub(r"[\\^$?*+]|\(|\)", "", pattern), safe="/:@!,;=&%~.-_")

    def _value(self, name):
        if self.random.random() < 0.85:
            return self.random.choice(self.keys)
        return self.random.choice(WORDS)[:100] or "0"

    def _word(self):
        return self.random.choice(WORDS if self.random.random() < 0.6 else self.keys)

    def _fields(self, most):
        count = self.random.randint(0, most)
        return [(self._name(), self._word()) for _ in range(count)]

    def _name(self):
        asked = list(self.asked.get(self.address, ()))
        is_learnt = asked and self.random.random() < 0.7
        return self.random.choice(asked if is_learnt else NAMES)

    def _body(self, content_type):
        chance = self.random.random()
        if chance < 0.2:
            return b""
        if chance < 0.25:
            return self.random.randbytes(40)
        if "json" in content_type:
            return self._json().encode("utf-8", "surrogatepass")
        if content_type.endswith("BOUNDARY"):
            return self._multipart()
        return urlencode(self._fields(12)).encode()

    def _json(self):
        shapes = [
            dict(self._fields(6)),
            [self._word()],
            self._word(),
            {"items": [dict(self._fields(3))], "seat_epoch": self._word()},
            None,
            10**30,
        ]
        return json.dumps(self.random.choice(shapes))

    def _multipart(self):
        parts = []
        for name, value in self._fields(8):
            file = '; filename="a.jpg"' if self.random.random() < 0.2 else ""
            parts.append(
                f'--BOUNDARY\r\nContent-Disposition: form-data; name="{name}"{file}'
                f"\r\n\r\n{value}\r\n".encode("utf-8", "surrogatepass")
            )
        end = b"--BOUNDARY--\r\n" if self.random.random() < 0.8 else b""
        return b"".join(parts) + end
