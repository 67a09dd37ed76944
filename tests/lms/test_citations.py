"""Every rule that the repository cites is defined in docs/rules.md."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
RULES = ROOT / "docs/rules.md"
BENCHMARKS = ROOT / "docs/performance.md"
SOURCES = (
    *("README.md", "Makefile", "pyproject.toml", ".ci", "deploy", "docs", "templates"),
    *("lms", "courses", "exams", "certificates", "tests"),
)
SUFFIXES = {
    *("", ".conf", ".css", ".example", ".html", ".in", ".js", ".md", ".po", ".py"),
    *(".service", ".svg", ".toml", ".txt", ".vtt", ".yaml"),
}
# The demo's articles name courses, and MINI names its people, by a letter and digits.
NOT_CITING = {Path(__file__), ROOT / "lms/demo/articles.md"}
PEOPLE_OF_MINI = ROOT / "tests/plan"

IDENTIFIER = re.compile(
    r"(?<![\w.-])"
    r"(?:[RS]\d\.\d+|TC-\d\d|IND-(?:0\d|10)[a-c]?|[EC]\d\d|B\d{3}|P[1-9]\d?)"
    r"(?![\w-]|\.\d)"
)
TEST_NAME = re.compile(r"\bdef test_(?:(e|c|tc)(\d\d)|(b)(\d{3}))_")
DEFINED = re.compile(r"^\| ([A-Z]+-?\d[\w.]*) \|", re.M)
OTHER_FORM = re.compile(
    r"§|\b(?:domain|protocols?|design|performance|faults|dependencies|hostile inputs?)"
    r",? (?:section )?\w{0,3}-?\d",
    re.I,
)
DOCUMENT = re.compile(r"[\w./-]*\w\.md\b")


def citations(text):
    """Every identifier that a text cites, in its names of tests too."""
    found = set(IDENTIFIER.findall(text))
    for match in TEST_NAME.finditer(text):
        series, number = filter(None, match.groups())
        found.add(f"TC-{number}" if series == "tc" else f"{series.upper()}{number}")
    return found


def defined():
    """Every identifier that has a row in a table of the documents."""
    return set(DEFINED.findall(RULES.read_text() + BENCHMARKS.read_text()))


def text_files():
    for source in SOURCES:
        top = ROOT / source
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            is_text = path.is_file() and path.suffix in SUFFIXES
            if is_text and path not in NOT_CITING:
                yield path


@pytest.fixture(scope="module")
def texts():
    return {path: path.read_text() for path in text_files()}


def test_every_citation_is_of_a_defined_rule(texts):
    known = defined()

    unknown = {}
    for path, text in texts.items():
        cited = citations(text) - known
        if path.is_relative_to(PEOPLE_OF_MINI):
            cited = {name for name in cited if not name.startswith("P")}
        if cited:
            unknown[str(path.relative_to(ROOT))] = cited

    assert unknown == {}


def test_every_defined_rule_is_cited(texts):
    cited = set()
    for path, text in texts.items():
        if path not in (RULES, BENCHMARKS):
            cited |= citations(text)

    assert defined() - cited == set()


def test_no_citation_has_another_form(texts):
    other = {
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path, text in texts.items()
        for line in text.splitlines()
        if OTHER_FORM.search(line)
    }

    assert other == set()


def test_every_document_that_is_named_exists(texts):
    documents = {str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md")}
    documents |= {Path(name).name for name in documents}
    documents |= {"README.md", "lms/demo/articles.md", "articles.md"}

    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path, text in texts.items()
        for name in DOCUMENT.findall(text)
        if name not in documents
    }

    assert missing == set()


@pytest.mark.parametrize(
    "text, cited",
    [
        ("marked as a pure function (E91)", {"E91"}),
        ("hours (R9.1, R9.2) and TC-77", {"R9.1", "R9.2", "TC-77"}),
        ("def test_c77_one_active(): def test_b777_too_long():", {"C77", "B777"}),
        ("rule set R2026, course C3, S101", set()),
    ],
    ids=["invariant", "rules", "name of a test", "other words"],
)
def test_citations_are_found_and_unknown_ones_are_not_defined(text, cited):
    assert citations(text) == cited
    assert not cited & defined()


@pytest.mark.parametrize(
    "text",
    [
        "(domain 5.1)",
        "see §5.1",
        "Protocols E19",
        "design 3",
        "dependencies, section 4",
    ],
)
def test_another_form_of_a_citation_is_found(text):
    assert OTHER_FORM.search(text)
