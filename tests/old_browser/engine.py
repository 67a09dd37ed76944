"""Chromium 83 in a window nobody sees, worked through lines of JSON.

Runs in an environment of its own (PyQtWebEngine 5.15.2). Each line on standard input is
one command, each answer one line on standard output:

    {"goto": url}           begins to load a page
    {"shot": path}          a picture of the page
    {"run": expression}     its value
    {"wait": expression}    waits until it is true, a page load included
    {"errors": true}        what the console has said of errors
"""

import json
import os
import sys
import threading
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
os.environ.setdefault(
    "QTWEBENGINE_CHROMIUM_FLAGS",
    "--disable-gpu --no-sandbox --autoplay-policy=no-user-gesture-required",
)
os.environ.setdefault("QT_QUICK_BACKEND", "software")
os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")

from PyQt5.QtCore import QObject, QTimer, QUrl, pyqtSignal
from PyQt5.QtWebEngineWidgets import QWebEnginePage, QWebEngineProfile, QWebEngineView
from PyQt5.QtWidgets import QApplication

WAIT_S = 30


class Page(QWebEnginePage):
    def __init__(self, profile):
        super().__init__(profile)
        self.errors = []

    def javaScriptConsoleMessage(self, level, message, line, source):
        if level == QWebEnginePage.ErrorMessageLevel:
            self.errors.append(f"{source}:{line} {message}")


class Commands(QObject):
    """Reads commands in a thread of its own and obeys them in Qt's."""

    came = pyqtSignal(str)

    def __init__(self):
        super().__init__()
        self.profile = QWebEngineProfile()
        self.page = Page(self.profile)
        self.view = QWebEngineView()
        self.view.setPage(self.page)
        self.view.resize(390, 844)
        self.view.show()
        self.came.connect(self.obey)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in sys.stdin:
            self.came.emit(line)
        self.came.emit('{"quit": true}')

    def obey(self, line):
        [(name, value)] = json.loads(line).items()
        getattr(self, f"do_{name}")(value)

    def answer(self, value=None):
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()

    def do_goto(self, url):
        self.page.load(QUrl(url))
        self.answer()

    def do_run(self, expression):
        self.page.runJavaScript(expression, self.answer)

    def do_wait(self, expression):
        end = time.monotonic() + WAIT_S

        def poll(value=None):
            if value:
                self.answer(True)
            elif time.monotonic() > end:
                self.answer(False)
            else:
                QTimer.singleShot(
                    100, lambda: self.page.runJavaScript(expression, poll)
                )

        poll()

    def do_shot(self, path):
        self.answer(self.view.grab().save(path))

    def do_errors(self, _):
        self.answer(self.page.errors)

    def do_quit(self, _):
        QApplication.quit()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    commands = Commands()
    application.exec_()
    os._exit(0)  # its engine may crash while it is taken apart
