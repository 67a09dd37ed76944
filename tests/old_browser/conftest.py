import json
import os
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

# The Python that has PyQtWebEngine 5.15.2; `make test-old-browser` names it.
PYTHON = os.environ.get("OLD_BROWSER_PYTHON")

if PYTHON is None:
    collect_ignore_glob = ["test_*.py"]


class OldBrowser:
    """A page in Chromium 83. Expressions are those of the page's own console."""

    def __init__(self, process):
        self.process = process

    def tell(self, name, value):
        self.process.stdin.write(json.dumps({name: value}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def sign_in(self, user, address):
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        self.goto(f"{address}/healthz")
        self.wait("location.pathname === '/healthz' && document.body !== null")
        self.run(f"document.cookie = '{name}={client.cookies[name].value}; path=/'")

    def goto(self, url):
        self.tell("goto", url)

    def run(self, expression):
        return self.tell("run", expression)

    def wait(self, expression):
        there = "location.pathname + ' ' + document.title"
        assert self.tell("wait", expression), (self.run(there), self.errors)

    def wait_for(self, selector):
        """Wait until something is there and shown."""
        found = _found(selector)
        self.wait(f"{found} && {found}.getClientRects().length > 0")

    def click(self, selector):
        self.wait_for(selector)
        self.run(f"{_found(selector)}.click()")

    @property
    def errors(self):
        return self.tell("errors", True)


def _found(selector):
    return f"document.querySelector({json.dumps(selector)})"


@pytest.fixture
def old_browser():
    with subprocess.Popen(
        [PYTHON, str(Path(__file__).parent / "engine.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield OldBrowser(process)
