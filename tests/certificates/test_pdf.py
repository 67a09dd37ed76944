import pypdfium2
import pytest

from certificates.exceptions import TooLong
from certificates.models import Certificate
from certificates.pdf import drawing as pdf
from certificates.pdf import fonts, glyphs
from certificates.pdf.fitting import LEADING, SMALLEST, fit
from certificates.services import issue_for
from tests.factories.proofs import earn

FACTS = {
    "title": "安全生产培训合格证明",
    "name": "李海生",
    "id": "4****************4",
    "organisation": "吴川市示例企业1",
    "town": "塘㙍镇",
    "training_class": "2021-001",
    "programme": "安全生产管理人员初次培训",
    "audience": "安全生产管理人员",
    "hours": "32",
    "from": "2021-11-02",
    "to": "2021-11-20",
    "result": "合格",
    "score": "92.25/100",
    "basis": "《生产经营单位安全培训规定》第九条",
    "issued_on": "2021-11-21",
    "valid_to": "",
    "issuer": "吴川市安全生产培训基地",
    "signatory": "陈国强",
    "number": "WC2021G0000012",
}


def printed(**changes):
    """The text of a page and the box of every character on it."""
    facts = FACTS | changes
    pdf.check_fits(facts)
    row = Certificate(
        facts=facts, number=facts["number"], token="A" * 230, recorded_at=None
    )
    document = pypdfium2.PdfDocument(pdf.certificate_pdf(row))
    text = document[0].get_textpage()
    boxes = [text.get_charbox(place) for place in range(text.count_chars())]
    words = text.get_text_range()
    document.close()
    return "".join(words.split()), boxes


@pytest.mark.parametrize("letter", ["吴", "W", "《"])
def test_what_has_room_stays_inside_the_frame(letter):
    longest = {name: letter * most for name, most in pdf.LONGEST.items()}

    text, boxes = printed(**longest)

    assert text.count(letter) >= sum(pdf.LONGEST.values())
    assert min(left for left, *_ in boxes) >= pdf.MARGIN - 1
    assert max(right for *_, right, _ in boxes) <= pdf.WIDTH - pdf.MARGIN + 1


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Maria Fernanda Goncalves de Oliveira"},
        {"name": "古丽巴哈尔·阿卜杜热合曼"},
        {"basis": "《生产经营单位安全培训规定》第九条、第十三条；" * 8},
        {"organisation": "广东省湛江市吴川市海产品冷冻加工与进出口公司" * 5},
    ],
    ids=["latin", "minority", "basis", "employer"],
)
def test_long_facts_are_printed_whole(changes):
    text, boxes = printed(**changes)

    (value,) = changes.values()
    assert value.replace(" ", "") in text
    assert max(right for *_, right, _ in boxes) <= pdf.WIDTH - pdf.MARGIN + 1


@pytest.mark.parametrize("demo", [True, False], ids=["demo", "real"])
def test_only_the_paper_of_a_demonstration_says_so(settings, demo):
    settings.DEMO = demo

    text, _boxes = printed()

    assert (pdf.DEMO in text) is demo


@pytest.mark.django_db
def test_what_has_no_room_is_refused_by_name(signing_keys):
    enrolment = earn()
    programme = enrolment.training_class.programme
    programme.basis = "第九条" * 67
    programme.save()

    report = issue_for([enrolment])

    assert [(r["code"], r["message"]) for r in report.refused] == [
        ("too_long", "文字太长，纸面放不下：依据")
    ]
    assert not Certificate.objects.exists()
    with pytest.raises(TooLong):
        pdf.check_fits(FACTS | {"name": "李" * 61})


@pytest.fixture
def font():
    with fonts.font_for("吴川（）one two three four") as name:
        yield name


def test_a_text_is_made_smaller_before_it_is_broken(font):
    assert fit("吴" * 10, font, 13, width=130) == (13, ["吴" * 10])
    assert fit("吴" * 11, font, 13, width=130, height=27) == (11.5, ["吴" * 11])
    size, lines = fit("吴" * 22, font, 13, width=130, height=27)
    assert (size, len(lines)) == (11, 2)
    assert len(lines) * size * LEADING <= 27
    assert fit("吴" * 900, font, 13, width=130)[0] == SMALLEST


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("吴川吴川吴川（吴川吴）", ["吴川吴川吴川", "（吴川吴）"]),
        ("吴川吴川吴川）吴川吴", ["吴川吴川吴", "川）吴川吴"]),
        ("one two three four", ["one two", "three four"]),
        ("", []),
    ],
)
def test_a_line_breaks_where_a_reader_expects_it(font, text, lines):
    assert fit(text, font, 10, width=66, height=24) == (10, lines)


@pytest.mark.parametrize("name", ["李𬭎", "李𠮷", "梁𠝹𬭎"], ids=["sc", "jp", "tc"])
def test_a_name_beyond_the_basic_plane_is_printed_and_can_be_copied(name):
    text, _boxes = printed(name=name)

    assert name in text
    assert glyphs.missing_glyphs(name) == []
    assert glyphs.missing_glyphs("李𪚥") == ["𪚥"]
