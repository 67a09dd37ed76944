"""Requests that Wagtail's views cannot read, answered 400 instead of 500."""

import logging

from django.core.exceptions import BadRequest, ValidationError
from django.core.handlers.exception import response_for_exception

logger = logging.getLogger(__name__)

# What reading a field that is missing or of another shape raises.
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValidationError,
    ValueError,
)
COUNTS, LONGEST_COUNT = ("limit", "offset"), 9
OURS = frozenset({"lms", "courses", "exams", "certificates"})
WAGTAIL = frozenset({"wagtail"})


class MalformedRequestMiddleware:
    """Answer 400 where Wagtail fails on what its own pages never send.

    Its views trust the fields of a request to be there and well formed. The error is
    logged whole. One raised by our code is a fault of ours and stays a 500.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not request.path.startswith("/admin/"):
            return
        counts = (request.GET.get(name, "") for name in COUNTS)
        if any(len(count) > LONGEST_COUNT for count in counts):
            raise BadRequest("More than a database can count.")
        # Put into the address of the chooser of pages.
        parent = request.GET.get("parent_page_id", "")
        if parent and not (parent.isascii() and parent.isdecimal()):
            raise BadRequest("No number of a page.")
        # Taken for the name of a page, after the act is done.
        after = request.POST.get("next") or request.GET.get("next")
        if after and "/" not in after:
            raise BadRequest("No address to go to.")

    def process_exception(self, request, exception):
        in_admin = request.path.startswith("/admin/")
        if in_admin and isinstance(exception, UNREADABLE) and _is_wagtails(exception):
            logger.error("%s: cannot be read", request.path, exc_info=exception)
            return response_for_exception(request, BadRequest("Cannot be read."))


def _is_wagtails(exception):
    """Say whether Wagtail, not our code, called what failed."""
    packages, step = [], exception.__traceback__
    while step is not None:
        packages.append(step.tb_frame.f_globals.get("__name__", "").partition(".")[0])
        step = step.tb_next
    known = [name for name in packages if name in OURS | WAGTAIL]
    return bool(known) and known[-1] in WAGTAIL
