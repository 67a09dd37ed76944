"""Floor of P1 and P2: the least that keeps an answer and says so truthfully.

A Django view with no middleware; an HMAC-signed attempt token instead of session and
user rows; one guarded ``INSERT … SELECT … WHERE deadline > now ON CONFLICT``; a
durable commit before the reply. It validates nothing, and that is what makes it a
floor.
"""

import hmac
import json

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.urls import get_resolver, path

TABLES = """
CREATE TABLE IF NOT EXISTS floor_attempt
    (id integer PRIMARY KEY, deadline {moment} NOT NULL);
CREATE TABLE IF NOT EXISTS floor_answer
    (attempt_id integer NOT NULL REFERENCES floor_attempt (id), seq integer NOT NULL,
     slot varchar(16) NOT NULL, value text NOT NULL, received_at {moment} NOT NULL,
     PRIMARY KEY (attempt_id, seq))
"""
MOMENT = {"sqlite": "text", "postgresql": "timestamptz"}
NOW = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')",
    "postgresql": "clock_timestamp()",
}
SAVE = """
WITH i (seq, slot, value) AS (VALUES {rows})
INSERT INTO floor_answer (attempt_id, seq, slot, value, received_at)
SELECT a.id, i.seq, i.slot, i.value, {now}
  FROM floor_attempt a CROSS JOIN i WHERE a.id = %s AND a.deadline > {now}
ON CONFLICT DO NOTHING
"""


def create(attempts: int) -> None:
    """Make the tables and some attempts that are open for a long time."""
    with connection.cursor() as cursor:
        for statement in TABLES.format(moment=MOMENT[connection.vendor]).split(";"):
            cursor.execute(statement)
        cursor.executemany(
            "INSERT INTO floor_attempt (id, deadline) VALUES (%s, %s) "
            "ON CONFLICT DO NOTHING",
            [(n, "2999-01-01 00:00:00.000+00") for n in range(1, attempts + 1)],
        )


def token_for(attempt: int) -> str:
    """Return the signed token of an attempt."""
    key = settings.SECRET_KEY.encode()
    return f"{attempt}.{hmac.digest(key, str(attempt).encode(), 'sha256').hex()}"


def save(request):
    """Save a batch of answers."""
    token = request.META.get("HTTP_X_SEAT_TOKEN", "")
    attempt = token.partition(".")[0]
    if not hmac.compare_digest(token_for(attempt), token):
        return HttpResponse(status=404)
    items = json.loads(request.body)["items"]
    sql = SAVE.format(
        rows=",".join(["(%s,%s,%s)"] * len(items)), now=NOW[connection.vendor]
    )
    given = [x for i in items for x in (i["seq"], i["slot"], json.dumps(i["value"]))]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*given, int(attempt)])
    return JsonResponse({"acked": [item["seq"] for item in items]})


urlpatterns = [path("save", save)]


class FloorHandler(WSGIHandler):
    """A Django site of this one view, without middleware."""

    def load_middleware(self, is_async=False):
        self._view_middleware = []
        self._template_response_middleware = []
        self._exception_middleware = []
        self._middleware_chain = convert_exception_to_response(self._get_response)

    def resolve_request(self, request):
        request.resolver_match = get_resolver(__name__).resolve(request.path_info)
        return request.resolver_match
