import logging

import pytest

from lms.logs import MaskPersonalNumbers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Not Found: /x/440899197803120014", "Not Found: /x/***"),
        ("Not Found: /x/44089919750423007X/", "Not Found: /x/***/"),
        ("T440899197803120014", "***"),
        ("440899700101018", "***"),
        ("call 19900000012 now", "call *** now"),
        ("job 19900000012345 of 3", "job 19900000012345 of 3"),
        ("attempt 42: \x1b[31mred\r\nforged line", "attempt 42: ?[31mred??forged line"),
    ],
    ids=["id", "id-x", "t-number", "id-15", "phone", "job-number", "escape"],
)
def test_personal_numbers_never_reach_the_log(text, shown):
    record = logging.LogRecord("lms", logging.INFO, "", 0, "%s", (text,), None)

    MaskPersonalNumbers().filter(record)

    assert record.getMessage() == shown


def test_every_handler_of_the_site_masks():
    configured = [
        handler
        for name in (None, "django", "django.request", "django.server", "allauth")
        for handler in logging.getLogger(name).handlers
        if type(handler) is logging.StreamHandler
    ]

    assert configured
    assert all(
        MaskPersonalNumbers in map(type, handler.filters) for handler in configured
    )
