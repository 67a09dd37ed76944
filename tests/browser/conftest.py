import contextlib
import os
import shutil

import pytest
from playwright.sync_api import Error, expect

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")

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


def kill(page):
    """End the tab's process as a phone short of memory does, without last words."""
    with page.expect_event("crash"), contextlib.suppress(Error):
        page.goto("chrome://crash")
    page.close()
