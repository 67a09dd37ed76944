import base64
import datetime as dt
import json
import re
from itertools import pairwise

import pypdfium2
import pytest
import zxingcpp
from django.core.management import call_command
from django.urls import reverse
from django.utils.html import escape

from certificates.models import Certificate, CertificateKind
from certificates.pdf.drawing import certificate_pdf, token_url
from certificates.pdf.lines import LABELS, printed_values
from certificates.register import signing
from certificates.services import (
    cancel_certificate,
    issue_certificate,
    revoke_certificate,
    suspend_certificate,
)
from certificates.views.presentation import in_words
from lms.evidence import clock
from lms.evidence.models import AuditEvent
from lms.people.models import User
from tests.factories.people import PersonFactory
from tests.factories.proofs import earn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]

JSON = {"HTTP_ACCEPT": "application/json"}
LINE = re.compile(r'<span lang="zh-CN">(.+?)</span></dt><dd lang="zh-CN">(.+?)</dd>')


@pytest.fixture
def proof():
    kind = CertificateKind.objects.get(code="TRAINING_PROOF")
    return issue_certificate(earn(months=900), kind=kind)


def page(client, row, **headers):
    return client.get(f"/v/{row.token}", **headers)


@pytest.mark.parametrize("shape", [str.upper, str.lower], ids=["upper", "lower"])
def test_a_token_opens_in_either_case(client, proof, shape):
    response = client.get(shape(f"/v/{proof.token}"))

    assert response.status_code == 200
    assert "有效" in response.text
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]


@pytest.mark.parametrize(
    ("fields", "words", "result"),
    [
        ({}, "证明真实，今天有效", "valid"),
        ({"valid_to": dt.date(2021, 11, 22)}, "到期", "expired"),
        ({"replaced_on": dt.date(2021, 11, 22)}, "新的证明替换", "replaced"),
        ({"suspended_from": dt.date(2021, 11, 22)}, "暂扣", "withdrawn"),
        (
            {
                "cancelled_on": dt.date(2021, 11, 22),
                "cancelled_reason": "HOLDER_REQUEST",
            },
            "注销",
            "withdrawn",
        ),
        (
            {
                "first_issued_on": dt.date(2090, 1, 1),
                "valid_from": dt.date(2090, 1, 1),
            },
            "才生效",
            "not_yet_valid",
        ),
    ],
    ids=["valid", "expired", "replaced", "suspended", "cancelled", "future"],
)
def test_each_state_has_its_plain_sentence(client, proof, fields, words, result):
    Certificate.objects.filter(pk=proof.pk).update(**fields)

    assert words in page(client, proof).text
    assert page(client, proof, **JSON).json()["result"] == result


@pytest.mark.parametrize(
    ("withdraw", "reason_class", "words"),
    [
        (revoke_certificate, "FALSE_FACTS", ("作废", "信息虚假或弄虚作假")),
        (cancel_certificate, "HOLDER_DIED", ("注销", "持有人去世")),
        (suspend_certificate, "UNDER_INVESTIGATION", ("暂扣", "正在调查")),
    ],
    ids=["revoked", "cancelled", "suspended"],
)
def test_c06_a_withdrawn_proof_says_so_at_once_with_date_and_reason(
    client, proof, withdraw, reason_class, words
):
    assert "有效" in page(client, proof).text

    withdraw(proof, reason_class=reason_class, reason="内部说明")

    text = page(client, proof).text
    assert in_words(clock.today()) in text
    assert [word for word in words if word not in text] == []
    assert "内部说明" not in text
    assert page(client, proof, **JSON).json()["reason_class"] == reason_class


def test_c05_no_changed_token_is_valid_online(client, proof):
    raw = base64.b32decode(proof.token + "=" * (-len(proof.token) % 8))

    for place in range(0, len(raw), 7):
        changed = bytearray(raw)
        changed[place] ^= 1
        token = base64.b32encode(bytes(changed)).decode().rstrip("=")
        assert client.get(f"/v/{token}").status_code == 404


def test_c05_a_signed_token_the_register_does_not_know_raises_the_alarm(client):
    claims = signing.Claims(
        "0000000000000000" + "0",
        "TRAINING_PROOF",
        "PRINCIPAL",
        dt.date(2026, 1, 1),
        None,
        "李*",
    )
    token = signing.sign(claims)

    for _ in range(2):
        response = client.get(f"/v/{token}")

    assert response.status_code == 404
    assert "不是本基地的证明" in response.text
    assert AuditEvent.objects.filter(action="certificate.forgery").count() == 1


def test_the_other_spelling_of_a_signature_is_refused_and_is_no_alarm(client, proof):
    raw = base64.b32decode(proof.token + "=" * (-len(proof.token) % 8))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    other_s = order - int.from_bytes(raw[-32:], "big")
    token = base64.b32encode(raw[:-32] + other_s.to_bytes(32, "big"))
    token = token.decode().rstrip("=")
    assert signing.read(token) == signing.read(proof.token)

    assert client.get(f"/v/{token}").status_code == 404
    assert not AuditEvent.objects.filter(action="certificate.forgery").exists()


def test_c07_after_a_key_is_revoked_only_the_register_vouches(client, proof):
    forged = signing.sign(
        signing.Claims(
            "0000000000000000" + "0",
            "TRAINING_PROOF",
            "PRINCIPAL",
            dt.date(2026, 1, 1),
            None,
            "李*",
        )
    )

    signing.revoke_key(1, today=dt.date(2026, 12, 1))

    assert page(client, proof).status_code == 200
    assert client.get(f"/v/{forged}").status_code == 404
    assert not AuditEvent.objects.filter(action="certificate.forgery").exists()


@pytest.mark.parametrize("suffix", [";.css", ".css", "/", "%00", "/x", "!"])
def test_b066_nothing_may_follow_a_token(client, proof, suffix):
    response = client.get(f"/v/{proof.token}{suffix}")

    assert response.status_code in (301, 404)
    assert "李" not in response.text


def test_all_unknown_tokens_look_the_same(client, proof):
    texts = ("A", "ZZZZ", "9" * 300, "2KCNQJDA3ASGBWBEMDMCIYA", "ſ", "%00")

    answers = [client.get(f"/v/{text}") for text in texts]

    # The switches lead back to the address that was asked for; nothing else differs.
    back = re.compile(r'name="next" value="[^"]*"')
    assert {answer.status_code for answer in answers} == {404}
    assert len({back.sub("", answer.text) for answer in answers}) == 1


@pytest.mark.services
def test_c08_unknown_number_and_wrong_name_give_the_same_bytes(client, proof):
    queries = [
        {"number": "WC2026G0000999", "name": "李海生"},
        {"number": "WC2026G0000029", "name": "李海生"},
        {"number": proof.number, "name": "李海升"},
        {"number": proof.number, "name": "李" * 2000},
        {"number": "'; --", "name": ""},
        {"number": "W\x002026G0000136", "name": "李海生"},
        {"number": "WC2026G0000136\x00", "name": "\x00"},
        {"number": "WC٢٠٢٦G0000136", "name": "李海生"},
        {},
    ]

    texts = [client.post("/verify/", query).text for query in queries]

    assert len({re.sub(r' value="[^"]*"', "", text) for text in texts}) == 1


def test_a_miss_keeps_the_number_and_no_name(client, proof):
    number = f"{proof.number}0"

    text = client.post("/verify/", {"number": number, "name": "李海生"}).text

    assert f'value="{number}"' in text
    assert "李海生" not in text


@pytest.mark.parametrize("name", ["李海生", " 李 海生 ", "李\u3000海生"])
def test_number_and_full_name_lead_to_the_proof(client, proof, name):
    response = client.post("/verify/", {"number": proof.number.lower(), "name": name})

    assert response["Location"] == f"/v/{proof.token}"


@pytest.mark.parametrize("name", ["ａｎｎａ・吐尔逊", "ANNA.吐尔逊", "Anna•吐尔逊"])
def test_any_dot_width_and_case_of_a_name_leads_to_the_proof(client, name):
    kind = CertificateKind.objects.get(code="TRAINING_PROOF")
    person = PersonFactory(name="Anna·吐尔逊")
    proof = issue_certificate(earn(enrolment__person=person, months=900), kind=kind)

    response = client.post("/verify/", {"number": proof.number, "name": name})

    assert response["Location"] == f"/v/{proof.token}"


def test_queries_by_number_are_limited(client, proof):
    answers = [client.post("/verify/", {}) for _ in range(31)]

    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert refused(answers[-1]) == ("请等一分钟再试", 60)


def test_last_four_characters_match_or_not_and_are_limited(client, proof):
    last = proof.person.id_number[-4:]

    assert "相符" in client.post(f"/v/{proof.token}", {"last_four": last}).text
    wrong = client.post(f"/v/{proof.token}", {"last_four": "0000"}).text
    assert wrong.index("可能不是持有人本人") < wrong.index("verdict__word")
    answers = [client.post(f"/v/{proof.token}", {}) for _ in range(9)]
    assert [answer.status_code for answer in answers] == [200] * 8 + [429]
    assert refused(answers[-1]) == ("请等一分钟再试", 60)


def test_a_holder_is_guarded_until_the_day_ends_whoever_asks(
    client, proof, monkeypatch
):
    def ask(number):
        address = {"REMOTE_ADDR": f"10.1.2.{number}"}
        return client.post(f"/v/{proof.token}", {"last_four": "0000"}, **address)

    answers = [ask(number) for number in range(31)]
    words, seconds = refused(answers[-1])
    tomorrow = clock.now().astimezone(clock.SHANGHAI) + dt.timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "day_of", lambda moment: tomorrow.date())

    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert words == "明天可以再核对"
    assert tomorrow.time() < dt.time(0, 1)
    assert page(client, proof).status_code == 200
    assert ask(0).status_code == 200


def refused(response):
    """How a refusal ends, on a page of the site, and how long it asks to wait."""
    assert 'class="masthead"' in response.text
    assert response["Cache-Control"] == "no-store"
    words = ("请等一分钟再试", "明天可以再核对")
    (found,) = [word for word in words if word in response.text]
    return found, int(response["Retry-After"])


def test_c09_no_public_answer_names_the_holder_in_full(client, proof):
    number = proof.person.id_number
    answers = [
        page(client, proof).text,
        page(client, proof, **JSON).text,
        client.get("/register/").text,
        client.get("/register/", **JSON).text,
        client.get("/v/keys.json").text,
        client.post(f"/v/{proof.token}", {"last_four": number[-4:]}).text,
        client.post("/verify/", {"number": proof.number, "name": "王五"}).text,
    ]

    for answer in answers:
        assert "李海生" not in answer
        assert "海生" not in answer
        assert number not in answer
        assert proof.id_masked not in answer


def test_c10_paper_page_json_command_and_code_agree(client, proof, capsys):
    document = pypdfium2.PdfDocument(certificate_pdf(proof))
    paper = document[0].get_textpage().get_text_range().replace(" ", "")
    picture = document[0].render(scale=3).to_pil()
    shown = page(client, proof).text
    said = page(client, proof, **JSON).json()
    call_command("verify_certificate", proof.token, "--json")
    printed = json.loads(capsys.readouterr().out)

    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [
        token_url(proof.token)
    ]
    for value in printed_values(proof.facts).values():
        assert value.replace(" ", "") in paper
    assert said["facts"] == proof.facts | {"name": "李**"}
    masked = printed_values(proof.facts | {"name": "李**"})
    assert LINE.findall(shown) == [
        (LABELS[name], escape(value)) for name, value in masked.items() if value
    ]
    row = (proof.first_issued_on, proof.valid_to)
    assert (said["issued_on"], said["valid_to"]) == tuple(map(str, row))
    claims = signing.read(proof.token)
    assert (claims.issued_on, claims.valid_to) == row
    assert (said["facts"]["issued_on"], said["facts"]["valid_to"]) == tuple(
        map(str, row)
    )
    assert {name: said[name] for name in printed} == printed
    assert said["serial"] == claims.serial == proof.serial
    document.close()


def test_the_lines_of_the_page_have_the_order_of_the_paper(proof):
    document = pypdfium2.PdfDocument(certificate_pdf(proof))
    text = document[0].get_textpage()
    places = []
    for value in filter(None, printed_values(proof.facts).values()):
        start, _count = text.search(value).get_next()
        left, bottom, _right, _top = text.get_charbox(start)
        places.append((left, bottom))
    document.close()

    for (left, bottom), (next_left, next_bottom) in pairwise(places):
        below = next_bottom < bottom - 8
        beside = abs(next_bottom - bottom) < 8 and next_left > left
        assert below or beside


def test_a_foreign_reader_sees_the_printed_lines_and_what_they_mean(client, proof):
    client.cookies["django_language"] = "en"

    shown = page(client, proof).text

    period = printed_values(proof.facts)["period"]
    assert 'Training dates <span lang="zh-CN">培训日期</span>' in shown
    assert f'<dd lang="zh-CN">{period}</dd>' in shown
    assert f'<span lang="zh-CN">{proof.facts["title"]}</span></h2>' in shown
    assert proof.kind.name_en in shown


def test_the_issuer_bears_the_name_the_site_says(client, proof):
    assert f"<p>{proof.facts['issuer']}</p>" in page(client, proof).text


def test_a_kind_named_anew_leaves_the_printed_title(client, proof):
    CertificateKind.objects.filter(pk=proof.kind_id).update(name="另一个名称")

    assert proof.facts["title"] in page(client, proof).text
    assert "另一个名称" not in page(client, proof).text


def test_the_pdf_is_the_same_to_the_byte_and_prints_rare_characters(proof):
    proof.facts["town"] = "塘㙍镇"

    first, again = certificate_pdf(proof), certificate_pdf(proof)

    assert first == again
    document = pypdfium2.PdfDocument(first)
    assert "塘㙍镇" in document[0].get_textpage().get_text_range()
    document.close()


def test_a_scan_costs_one_query(client, proof, django_assert_num_queries):
    page(client, proof)

    with django_assert_num_queries(1):  # the certificate by its serial
        page(client, proof)


def test_holder_sees_and_downloads_and_a_stranger_does_not(client, proof):
    holder = User.objects.create(username="h", person=proof.person)
    stranger = User.objects.create(username="s", person=PersonFactory())
    client.force_login(holder)

    assert proof.kind.name in client.get(reverse("certificates:mine")).text
    assert "<path d=" in client.get(proof.get_absolute_url()).text
    paper = client.get(reverse("certificates:pdf", args=[proof.uuid]))
    assert b"".join(paper.streaming_content)[:5] == b"%PDF-"
    assert "李" not in paper["Content-Disposition"]

    client.force_login(stranger)

    assert client.get(proof.get_absolute_url()).status_code == 404
    assert client.get(reverse("certificates:pdf", args=[proof.uuid])).status_code == 404


def test_a_withdrawn_proof_is_no_paper_to_show_any_more(client, proof):
    revoke_certificate(proof, reason_class="FALSE_FACTS", reason="测试")
    client.force_login(User.objects.create(username="h", person=proof.person))
    address = reverse("certificates:pdf", args=[proof.uuid])

    assert client.get(address).headers["Location"] == proof.get_absolute_url()
    assert address not in client.get(proof.get_absolute_url()).text
    assert "起失效" in client.get(reverse("certificates:mine")).text
    assert "请不要凭这份证明安排上岗" in page(client, proof).text

    client.force_login(User.objects.create(username="b", is_superuser=True))
    assert b"".join(client.get(address).streaming_content)[:5] == b"%PDF-"


def test_staff_revoke_with_class_and_reason_and_it_is_audited(client, proof):
    client.force_login(
        User.objects.create(username="b", is_superuser=True, access="CITY")
    )
    listing = reverse(Certificate.snippet_viewset.get_url_name("list"))
    act = reverse(
        Certificate.snippet_viewset.get_url_name("act"), args=[proof.pk, "revoke"]
    )

    assert proof.number in client.get(listing).text
    client.post(act, {"reason_class": "ISSUED_IN_ERROR", "reason": " "})
    proof.refresh_from_db()
    assert proof.revoked_on is None
    client.post(act, {"reason_class": "ISSUED_IN_ERROR", "reason": "班次登记错误"})

    proof.refresh_from_db()
    assert proof.revoked_reason == "ISSUED_IN_ERROR"
    entry = AuditEvent.objects.get(action="certificate.revoke")
    assert (entry.actor.username, entry.reason) == ("b", "班次登记错误")
