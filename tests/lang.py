"""What a screen reader would read aloud in the wrong language."""

import re
from html.parser import HTMLParser

CHINESE = re.compile(r"[\u4e00-\u9fff]")
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"}
UNSEEN = {"script", "style", "title"}


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.found = [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            lang = self.open[-1][1] if self.open else ""
            self.open.append((tag, dict(attributes).get("lang", lang)))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, text):
        tag, lang = self.open[-1] if self.open else ("", "")
        if tag not in UNSEEN and not lang.startswith("zh") and CHINESE.search(text):
            self.found.append(text.strip())


def chinese_unmarked(html: str) -> list[str]:
    """Return the Chinese texts of a page that no ``lang`` tells a reader of."""
    reader = _Reader()
    reader.feed(html)
    return reader.found
