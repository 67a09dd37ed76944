import contextlib
import os
import re
import shutil

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Error, expect

from tests.factories.people import WorkerFactory
from tests.factories.sittings import CandidateFactory, make_sitting, options

# The same engine without the window of a browser takes a third less of a core.
CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium-headless-shell")
    or shutil.which("chromium")
)

PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}
DESKTOP = {"width": 1440, "height": 900}

expect.set_options(timeout=20_000)  # a busy machine is no fault of the page

if CHROMIUM is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def browser_type_launch_args():
    """Debian's Chromium, without the requests it makes of its own accord."""
    return {
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--autoplay-policy=no-user-gesture-required",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args():
    """A worker's phone, set to Chinese."""
    return {"viewport": PHONE, "locale": "zh-CN", "has_touch": True}


@pytest.fixture
def seat(live_server):
    """A candidate of a sitting with five questions, and its start page."""
    user = WorkerFactory()
    user.set_password("a-long-password-1")
    user.save()
    sitting = make_sitting()
    CandidateFactory(sitting=sitting, person=user.person)
    return user, sitting, f"{live_server.url}/exams/sittings/{sitting.uuid}/"


@pytest.fixture
def long_seat(seat):
    """The same candidate before a paper of thirty questions with a long title."""
    user, _sitting, start_url = seat
    slots = [
        {"slot": str(n), "type": "single", "stem": "甲" * 40, "marks": "1"}
        | {"options": options(n, 4)}
        for n in range(1, 31)
    ]
    content = {"version": 1, "title": "", "sections": [{"title": "", "slots": slots}]}
    sitting = make_sitting(content, key={}, title="有限空间作业专项培训结业考试")
    CandidateFactory(sitting=sitting, person=user.person)
    return user, re.sub(r"[^/]+/$", f"{sitting.uuid}/", start_url)


@pytest.fixture
def two_blanks(seat):
    """The same candidate before a paper of one question with two blanks."""
    user, _sitting, start_url = seat
    slots = [
        {"slot": "1", "type": "fill", "stem": "___ ___", "marks": "2", "blanks": 2}
    ]
    content = {"version": 1, "title": "", "sections": [{"title": "", "slots": slots}]}
    sitting = make_sitting(content, key={})
    CandidateFactory(sitting=sitting, person=user.person)
    return user, re.sub(r"[^/]+/$", f"{sitting.uuid}/", start_url)


@pytest.fixture
def phones(browser, browser_context_args, live_server):
    """Open contexts that are signed in as a user; all closed in the end."""
    opened = []

    def phone(user, **options):
        context = browser.new_context(**browser_context_args | options)
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        value = client.cookies[name].value
        context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        opened.append(context)
        return context

    yield phone
    for context in opened:
        context.close()


def kill(page):
    """End the tab's process as a phone short of memory does, without last words."""
    with page.expect_event("crash"), contextlib.suppress(Error):
        page.goto("chrome://crash")
    page.close()
