"""P23: when an exam can be used on a slow phone and network, from a cold cache.

``python -m tests.benchmarks.exam_weight [--compare]`` starts the embedded server on
data of its own below ``DATA_DIR``, and opens an exam of 50 questions in Chromium at
50 KB/s, 2,000 ms latency and a CPU slowed down six times:

usable     the first question and its options are on the screen and take an answer
running    the runner has taken over from the plain form, which keeps what was given
begun      from the page before the exam, the button pressed: the runner is running

The gate is on ``usable``: what is answered then is kept. ``--compare`` exits 1 above.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

GATE_S, AIM_S = 5.0, 4.0
ROUNDS = 3
NETWORK = {
    "offline": False,
    "latency": 2000,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
CPU = 6
STEM = "进入有限空间作业前，下列哪一项做法符合“先通风、再检测、后作业”的要求？第 {} 题"
OPTION = "作业前三十分钟内检测氧气和有害气体浓度，合格后方可进入（{}）"
TIMES = """
  const seen = (window.seen = {});
  const wait = () => {
    const input = document.querySelector(".exam-option input:enabled");
    if (!seen.usable && input && input.offsetParent) seen.usable = performance.now();
    if (document.querySelector(".is-running")) seen.running = performance.now();
    else requestAnimationFrame(wait);
  };
  requestAnimationFrame(wait);
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compare", action="store_true")
    options = parser.parse_args()
    data = Path(os.environ.get("DATA_DIR", "var")).resolve() / "exam-weight"
    os.environ["DATA_DIR"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "lms.settings.dev"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "prepare"], check=True, stderr=subprocess.DEVNULL)
    import django

    django.setup()
    port = _free_port()
    server = subprocess.Popen(
        [*manage, "serve", "--port", str(port)], stdout=subprocess.DEVNULL
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/healthz")
        seconds = [_measure(address) for _ in range(ROUNDS)]
    finally:
        server.terminate()
        server.wait()
    usable = 0.0
    for name in ("usable", "running", "begun"):
        middle = statistics.median(one[name] for one in seconds)
        print(f"P23\t{name}\t{middle:.2f} s")
        usable = middle if name == "usable" else usable
    print(f"P23\tgate ≤ {GATE_S} s, aim ≤ {AIM_S} s")
    return int(usable > GATE_S and options.compare)


def _measure(address):
    """Return the seconds of one round, each in a browser that has cached nothing."""
    from playwright.sync_api import sync_playwright

    cookie, sitting, run = _candidate()
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = _slow_page(browser, address, cookie)
        page.goto(f"{address}{run}", wait_until="commit", timeout=60_000)
        page.wait_for_selector(".is-running", state="attached", timeout=60_000)
        opened = page.evaluate("window.seen")
        page.context.close()
        page = _slow_page(browser, address, cookie)
        page.goto(f"{address}{sitting}", wait_until="networkidle", timeout=60_000)
        page.wait_for_timeout(8000)  # the rules before the exam are read
        page.locator(".action .button--primary").click(no_wait_after=True)
        page.wait_for_url("**/run/", wait_until="commit", timeout=60_000)
        page.wait_for_selector(".is-running", state="attached", timeout=60_000)
        begun = page.evaluate("window.seen.running")
        browser.close()
    return {
        "usable": opened["usable"] / 1000,
        "running": opened["running"] / 1000,
        "begun": begun / 1000,
    }


def _slow_page(browser, address, cookie):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies([{**cookie, "url": address}])
    context.add_init_script(TIMES)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", NETWORK)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
    return page


def _candidate():
    """Make a candidate of two sittings: one begun already, and one to begin."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from exams.models import Attempt
    from tests.factories.people import WorkerFactory
    from tests.factories.sittings import CandidateFactory, make_sitting

    user = WorkerFactory(username=f"exam-weight-{time.time_ns()}")
    client = Client()
    client.force_login(user)
    begun, fresh = (make_sitting(_paper(), key={}) for _ in range(2))
    for sitting in (begun, fresh):
        CandidateFactory(sitting=sitting, person=user.person)
    client.post(reverse("exams:begin", args=[begun.uuid]), HTTP_HOST="127.0.0.1")
    attempt = Attempt.objects.get(person=user.person)
    name = settings.SESSION_COOKIE_NAME
    return (
        {"name": name, "value": client.cookies[name].value},
        reverse("exams:sitting", args=[fresh.uuid]),
        reverse("exams:run", args=[attempt.uuid]),
    )


def _paper():
    kinds = [("single", 4)] * 25 + [("multiple", 4)] * 10 + [("true_false", 2)] * 10
    slots = [
        {
            "slot": str(n),
            "type": kind,
            "stem": STEM.format(n),
            "marks": "2",
            "options": [
                {"id": f"{n}-{o}", "text": OPTION.format(o)} for o in range(count)
            ],
        }
        for n, (kind, count) in enumerate(kinds, 1)
    ]
    slots += [
        {"slot": str(n), "type": "fill", "stem": STEM.format(n) + "___", "marks": "2"}
        | {"blanks": 1}
        for n in range(46, 51)
    ]
    return {"version": 1, "title": "", "sections": [{"title": "", "slots": slots}]}


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise SystemExit(f"no answer from {url}")


if __name__ == "__main__":
    sys.exit(main())
