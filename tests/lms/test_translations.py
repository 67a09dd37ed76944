"""Chinese is the default language: a string without it would show in English."""

import ast
import datetime as dt
import gettext
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import formats, translation

CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "zh_Hans/LC_MESSAGES/django.po"
SOURCES = ("lms", "courses", "exams", "certificates", "templates")

PYTHON = re.compile(
    r"""\b(?:_|gettext(?:_lazy)?|gettext_noop)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)""",
    re.S,
)
PLURAL = re.compile(r"""\bngettext(?:_lazy)?\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+),""", re.S)
# The tools that collect strings do not read inside f-strings.
HIDDEN = re.compile(r"""\bf"[^"\n]*\{(?:_|n?gettext)\(""")
TRANSLATE = re.compile(
    r"""\{%\s*(?:translate|trans)\s+(["'])((?:(?!\1)[^\\]|\\.)*)\1[^%]*%\}"""
)
BLOCK = re.compile(
    r"\{%\s*blocktrans(?:late)?\b([^%]*)%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}",
    re.S,
)


def source_strings():
    """Every string the sources ask to translate, with the file that does."""
    for root in SOURCES:
        for path in sorted((settings.BASE_DIR / root).rglob("*")):
            if path.suffix == ".py" and "migrations" not in path.parts:
                text = path.read_text()
                for match in (*PYTHON.finditer(text), *PLURAL.finditer(text)):
                    yield ast.literal_eval(f"({match[1]})"), path
            elif path.suffix in {".html", ".txt", ".xml"}:
                text = path.read_text()
                for match in TRANSLATE.finditer(text):
                    if " context " not in match[0]:
                        yield match[2].replace('\\"', '"'), path
                for match in BLOCK.finditer(text):
                    body = re.split(r"\{%\s*plural\s*%\}", match[2])[0]
                    body = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", body)
                    if "trimmed" in match[1]:
                        body = " ".join(
                            line.strip() for line in body.strip().split("\n")
                        )
                    if "context" not in match[1]:
                        yield body, path


def test_every_string_is_translated():
    translated = {
        entry.msgid
        for entry in polib.pofile(str(CATALOGUE))
        if entry.translated() and not entry.obsolete
    }

    missing = {
        f"{path.relative_to(settings.BASE_DIR)}: {text}"
        for text, path in source_strings()
        if text.strip() and text not in translated
    }

    assert not sorted(missing)


def test_strings_are_found_in_every_form_the_sources_use():
    found = {text for text, _path in source_strings()}

    assert {"How far it is", "%(why)s: %(count)d person", "My training"} <= found


def test_no_string_is_translated_inside_an_f_string():
    hidden = {
        f"{path.relative_to(settings.BASE_DIR)}: {line.strip()}"
        for root in SOURCES
        for path in (settings.BASE_DIR / root).rglob("*.py")
        for line in path.read_text().splitlines()
        if HIDDEN.search(line)
    }

    assert hidden == set()
    assert HIDDEN.search("""Cell(f"{_('Withdraw')}…", address)""")


def test_translations_fill_in_nothing_the_source_does_not_give():
    placeholder = re.compile(r"%\(\w+\)[sd]")
    broken = [
        entry.msgid
        for entry in polib.pofile(str(CATALOGUE))
        if not set(placeholder.findall(entry.msgstr))
        <= set(placeholder.findall(entry.msgid + entry.msgid_plural))
    ]

    assert broken == []


@pytest.mark.parametrize("word", ["发证", "安全资格证", "培训率100%以上"])
def test_words_to_avoid_stay_away(word):
    assert not [e.msgid for e in polib.pofile(str(CATALOGUE)) if word in e.msgstr]


def test_catalogue_compiles_without_gettext_tools(tmp_path):
    target = tmp_path / "django.mo"

    polib.pofile(str(CATALOGUE)).save_as_mofile(str(target))

    with target.open("rb") as stream:
        assert gettext.GNUTranslations(stream).gettext("yes") == "是"


def test_a_day_in_english_is_written_in_figures():
    with translation.override("en"):
        assert formats.date_format(dt.date(2026, 11, 13)) == "2026-11-13"
