import logging

import pytest

from lms.web.logs import MaskPersonalNumbers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Not Found: /x/440899197803120014", "Not Found: /x/***"),
        ("Not Found: /x/44089919750423007X/", "Not Found: /x/***/"),
        ("T440899197803120014", "***"),
        ("440899700101018", "***"),
        ("call 19900000012 now", "call *** now"),
        ("+8613812345678", "***"),
        ("sent to 86 138-1234-5678.", "sent to ***."),
        ("/search/?q=%20440899197803120014", "/search/?q=%20***"),
        ("440899 19780312 0014", "***"),
        ("4408 9919 7803 1200 1X", "***"),
        ("q=440899+19780312%20001X", "q=***"),
        ("job 19900000012345 of 3", "job 19900000012345 of 3"),
        ("2026-11-01 2026-11-02 12:00", "2026-11-01 2026-11-02 12:00"),
        ("attempt 42: \x1b[31mred\r\nforged line", "attempt 42: ?[31mred??forged line"),
    ],
    ids=[
        *("id", "id-x", "t-number", "id-15", "phone", "phone-86", "phone-in-groups"),
        *("id-after-escape", "id-in-groups", "id-in-fours", "id-in-an-address"),
        *("job-number", "days", "escape"),
    ],
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
