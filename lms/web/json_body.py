"""The JSON body of a request: judged by size before it is read, and by shape after."""

import json
import re

from django.http import HttpRequest

LENGTH = re.compile(r"[0-9]{1,12}")


def is_too_large(request: HttpRequest, most: int) -> bool:
    """Say whether a body announces more than ``most`` bytes, or no number at all."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    chunked = "HTTP_TRANSFER_ENCODING" in request.META
    return chunked or not LENGTH.fullmatch(length) or int(length) > most


def read_object(request: HttpRequest) -> dict:
    """Return the JSON object of a body; raises ``ValueError`` for anything else."""
    try:
        body = _DECODER.decode(request.body.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(body, dict):
        raise ValueError("not an object")
    return body


def _no_constant(name: str):
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
