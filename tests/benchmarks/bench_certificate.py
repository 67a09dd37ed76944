"""Certificates: P10 the PDF, P11 its signature, P16 the page behind its QR code.

P10 batch issues and stores many, as the sweep does after an exam.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from certificates.models import Certificate
from certificates.pdf import glyphs
from certificates.pdf.drawing import FIXED, ROWS, certificate_pdf, token_url
from certificates.pdf.lines import printed_values
from certificates.register import signing
from certificates.services import issue_awaiting, issue_for
from certificates.services.issue import claims_of
from certificates.services.papers import store_awaiting
from lms.urls import urlpatterns as product_urls
from tests.benchmarks.floors.handpdf import HandPdf
from tests.benchmarks.harness import Cost, Row, compare, once
from tests.factories.proofs import TrainedFactory, earn

CERTIFICATES = 300
SIZES = (200, 2_000)
EVERYBODY = 28_000
PDF_GATE_MS = 12
BATCH_GATE_MIN = 10
SURNAMES = (
    "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
)
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲燕红建国华志海生春梅佳欣浩"
    "宇晨子涵梓萱诗雨思彤嘉懿铭泽睿哲翰钰琪瑶琳婷雯颖倩薇蕾莹凯鹏翔龙飞鑫淼森焱垚水珠"
)
# Beyond everyday writing, and the second in no font for the mainland.
RARE = ("李𬭎", "陈𠮷", "梁㙍生")


def lookup(request, serial):
    """The `lookup` floor: a Django view with one indexed lookup."""
    row = Certificate.objects.filter(serial=serial).first()
    return HttpResponse(f"<h1>{row.number}</h1>")


urlpatterns = [path("floor/<str:serial>", lookup), *product_urls]


def rows(only: list[str]) -> Iterator[Row]:
    """Yield the rows asked for, all of them when none is named."""
    wanted = {"P10", "P11", "P16"} & set(only or ("P10", "P11", "P16"))
    if not wanted:
        return
    call_command("make_signing_key", if_missing=True, verbosity=0)
    earned = earned_by(CERTIFICATES)
    issue_for(earned)
    proofs = list(Certificate.objects.filter(enrolment__in=earned))
    if "P10" in wanted:
        yield _pdf(proofs)
        yield _batch(proofs)
    if "P11" in wanted:
        yield _signature(proofs)
    if "P16" in wanted:
        yield _page(proofs)


@transaction.atomic
def earned_by(people: int):
    """Make people of one class with names of their own who have earned a proof."""
    first = earn(enrolment__person__name=RARE[0])
    same = {"training_class": first.training_class}
    names = itertools.chain(RARE[1:], _names())
    return [
        first,
        *[
            earn(enrolment=TrainedFactory(person__name=name, **same))
            for name in itertools.islice(names, people - 1)
        ],
    ]


def _names():
    """Names that use every character early: the surnames and given names in turn."""
    for number in itertools.count():
        first = GIVEN[number * 7 % len(GIVEN)]
        second = GIVEN[(number * 11 + number // len(GIVEN)) % len(GIVEN)]
        yield SURNAMES[number % len(SURNAMES)] + first + second * (number % 4 > 0)


def _hand(proof):
    values = printed_values(proof.facts)
    lines = [values[name] for names in ROWS for name in names]
    text = FIXED + "".join(lines)
    return HandPdf(glyphs.cut(map(ord, text), 400)), lines


def _pdf(proofs):
    hand, lines = _hand(proofs[0])
    product, floor = itertools.cycle(proofs), itertools.cycle(proofs)
    row = compare(
        "P10",
        f"certificate PDF, {len(proofs)} names, vector QR",
        product=lambda: certificate_pdf(next(product)),
        floor=lambda: hand.page(lines, token_url(next(floor).token)),
        gate=2,
        aim=2,
        calls=20,
    )
    return _in_ms(row, gate=PDF_GATE_MS, aim=row.floor.cpu * 1e3 * 2)


def _batch(proofs):
    """Minutes in which one core issues everybody's proof and stores its PDF."""
    hand, lines = _hand(proofs[0])
    token = token_url(proofs[0].token)
    sizes, store = [], storages["private"]
    while store_awaiting():
        pass
    for size in SIZES:
        earned_by(size)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        product = _timed(_issue_and_store, size)
        sizes.append((size, product.cpu * size))
    floor = _timed(
        lambda: [
            store.save("certificates/floor.pdf", ContentFile(hand.page(lines, token)))
            for _ in range(SIZES[0])
        ],
        SIZES[0],
    )
    for name in store.listdir("certificates")[1]:
        store.delete(f"certificates/{name}")
    minutes = product.cpu * EVERYBODY / 60
    return Row(
        "P10 batch",
        "28,000 issued, PDF stored, in minutes of a core",
        product,
        floor,
        minutes,
        sizes[0][1] / SIZES[0] * EVERYBODY / 60,
        minutes,
        BATCH_GATE_MIN,
        BATCH_GATE_MIN / 2,
        note=f"{1 / product.cpu:.0f} a second of CPU, {1 / product.wall:.0f} of time",
        sizes=sizes,
    )


def _issue_and_store():
    issue_awaiting()
    while store_awaiting():
        pass


def _timed(function, count):
    cost = once(function)
    return Cost(cost.cpu / count, cost.wall / count)


def _signature(proofs):
    claims = itertools.cycle([claims_of(proof) for proof in proofs])

    def fresh():
        signing._load_private.cache_clear()
        signing.sign(next(claims))

    # Loading an ES256 key costs half of a signature: no quarter of both can be had.
    return compare(
        "P11",
        "signature, key kept loaded",
        product=lambda: signing.sign(next(claims)),
        floor=fresh,
        gate=0.25,
        aim=0.25,
        calls=100,
    )


def _in_ms(row, *, gate, aim):
    """A row that bounds a time of the product, with its ratio to the floor beside."""
    per_ratio = row.product.cpu * 1e3 / row.ratio
    return replace(
        row,
        ratio=row.product.cpu * 1e3,
        low=row.low * per_ratio,
        high=row.high * per_ratio,
        gate=gate,
        aim=round(aim, 3),
        note=f"in ms; {row.ratio:.2f} x the floor, the aim is {row.aim}",
    )


@override_settings(ROOT_URLCONF="tests.benchmarks.bench_certificate")
def _page(proofs):
    client = Client()
    product, floor = itertools.cycle(proofs), itertools.cycle(proofs)
    return compare(
        "P16",
        "QR check page",
        product=lambda: client.get(f"/v/{next(product).token}"),
        floor=lambda: client.get(f"/floor/{next(floor).serial}"),
        gate=0.8,
        aim=0.95,
        calls=100,
        at_least=True,
    )
