"""The stored fonts: made before they are needed, shared by all, never waited for."""

import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from reportlab.pdfbase import pdfmetrics

from certificates.jobs import sweep_fonts
from certificates.pdf import fonts, glyphs
from tests.factories.people import PersonFactory

TEXT = "吴川市ABC"


@pytest.fixture
def private(settings, tmp_path):
    folder = {"location": str(tmp_path / "private")}
    backend = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": folder,
    }
    settings.STORAGES = settings.STORAGES | {"private": backend}
    return storages["private"]


@pytest.fixture
def cuts(private, monkeypatch):
    """How many fonts are cut from here on, by a process that knows none."""
    made, cut = [], glyphs.cut
    monkeypatch.setattr(glyphs, "cut", lambda *asked: made.append(asked) or cut(*asked))
    start_anew(monkeypatch)
    return made


def start_anew(monkeypatch):
    for read in ("_stored", "_cut"):
        monkeypatch.setattr(fonts, read, {})


def name_of(text, weight=400):
    with fonts.font_for(text, weight=weight) as name:
        return name


def test_the_common_characters_are_those_of_everyday_writing():
    signs = glyphs.common()

    assert len(signs) == len(set(signs)) > 95 + 7445
    assert set("吴川市安全生产培训合格证明《》（）—·…") <= set(signs)
    assert glyphs.missing_glyphs(signs) == []


def test_a_stored_font_is_read_and_nothing_is_cut(private, cuts, monkeypatch):
    assert fonts.extend(TEXT) > 0
    assert [fonts.extend(TEXT), len(fonts.stored())] == [0, 2]
    start_anew(monkeypatch)
    cuts.clear()

    name_of(TEXT), name_of(TEXT, 700)

    assert cuts == []


def test_a_name_that_needs_more_is_printed_at_once_and_stored_later(
    private, cuts, monkeypatch
):
    fonts.extend(TEXT)
    files = fonts.stored()
    cuts.clear()

    name_of("李𠮷", 700)
    name_of("李𠮷", 700)

    assert len(cuts) == 1
    assert fonts.stored() == files
    assert fonts.extend("李𠮷") == 2
    assert len(fonts.stored()) == 2
    assert not set(files) & set(fonts.stored())
    start_anew(monkeypatch)
    cuts.clear()
    name_of("李𠮷" + TEXT, 700)
    assert cuts == []


def test_a_process_reads_the_larger_font_when_a_text_needs_it(private, cuts):
    fonts.extend("吴")
    name_of("吴")
    stored_before, fonts._stored = fonts._stored, {}
    fonts.extend("吴川")
    fonts._stored = stored_before
    cuts.clear()

    name_of("吴川")

    assert cuts == []


def test_a_font_that_is_not_whole_is_cut_anew(private, cuts, monkeypatch):
    fonts.extend(TEXT)
    for name in fonts.stored():
        private.delete(f"fonts/{name}")
        private.save(f"fonts/{name}", ContentFile(b"half"))
    start_anew(monkeypatch)
    cuts.clear()

    name_of(TEXT)
    assert [weight for _codes, weight in cuts] == [400]
    fonts.extend(TEXT)

    start_anew(monkeypatch)
    cuts.clear()
    name_of(TEXT)
    assert cuts == []


def test_two_that_store_at_once_lose_no_character(private, cuts, monkeypatch):
    save, others = private.save, []

    def beside(name, content):
        if not others:
            others.append(None)
            fonts.extend("川")
        return save(name, content)

    monkeypatch.setattr(private, "save", beside)
    fonts.extend("吴")
    fonts.extend("吴川")

    assert len(fonts.stored()) == 2
    start_anew(monkeypatch)
    cuts.clear()
    name_of("吴川")
    assert cuts == []


def test_a_font_that_is_cut_keeps_nobody_waiting(private, cuts, monkeypatch):
    """One thread cuts, and does not end before the other has its font."""
    fonts.extend(TEXT)
    cut, other_is_done, ended = glyphs.cut, threading.Event(), []

    def slow(*asked):
        assert other_is_done.wait(10)
        return cut(*asked)

    monkeypatch.setattr(glyphs, "cut", slow)
    thread = threading.Thread(target=lambda: ended.append(name_of("李𠮷")))
    thread.start()
    name_of(TEXT)
    other_is_done.set()
    thread.join()

    assert len(ended) == 1


def test_nothing_is_kept_of_a_font_after_its_use(private, cuts):
    name_of("吴")
    known = len(pdfmetrics._fonts)

    with fonts.font_for("吴") as one, fonts.font_for("吴") as other:
        assert one != other
        assert pdfmetrics.getFont(one).face is not pdfmetrics.getFont(other).face
    for number in range(20):
        name_of(chr(0x5434 + number))

    assert len(pdfmetrics._fonts) == known
    assert len(fonts._cut) == 1
    assert len(fonts._free) <= 2


def test_more_than_a_few_characters_are_not_remembered(private, cuts, monkeypatch):
    monkeypatch.setattr(fonts, "FEW", 3)

    name_of("吴川湛江")

    assert fonts._cut == {}


@pytest.mark.services
@pytest.mark.django_db
def test_the_sweep_has_a_font_for_every_name_on_record(private, cuts, monkeypatch):
    person = PersonFactory(name="李𠮷")

    assert sweep_fonts() > 0
    assert sweep_fonts() == 0
    cuts.clear()
    name_of(person.name, 700)
    assert cuts == []

    other = PersonFactory(name="梁𠝹")
    assert sweep_fonts() == 2
    cuts.clear()
    name_of(person.name + other.name, 700)
    assert cuts == []


@pytest.mark.django_db
def test_the_sweep_stores_again_what_is_gone(private, cuts, monkeypatch):
    PersonFactory(name="李𠮷")
    sweep_fonts()
    for name in fonts.stored():
        private.delete(f"fonts/{name}")
    start_anew(monkeypatch)

    assert sweep_fonts() > 0
    cuts.clear()
    name_of("李𠮷", 700)
    assert cuts == []
