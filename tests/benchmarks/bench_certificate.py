"""P10: the certificate as PDF. P16: the page behind its QR code."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from certificates.models import Certificate, CertificateKind
from certificates.pdf import fonts
from certificates.pdf.drawing import FIXED, ROWS, certificate_pdf, token_url
from certificates.pdf.lines import printed_values
from certificates.services import issue_certificate
from lms.urls import urlpatterns as product_urls
from tests.benchmarks.floors.handpdf import HandPdf
from tests.benchmarks.harness import Row, compare
from tests.factories.proofs import earn

CERTIFICATES = 20
PDF_GATE_MS = 12


def lookup(request, serial):
    """The `lookup` floor: a Django view with one indexed lookup."""
    row = Certificate.objects.filter(serial=serial).first()
    return HttpResponse(f"<h1>{row.number}</h1>")


urlpatterns = [path("floor/<str:serial>", lookup), *product_urls]


def rows(only: list[str]) -> Iterator[Row]:
    """Yield the rows asked for, all of them when none is named."""
    if only and not {"P10", "P16"} & set(only):
        return
    call_command("make_signing_key", if_missing=True, verbosity=0)
    kind = CertificateKind.objects.get(code="TRAINING_PROOF")
    proofs = [issue_certificate(earn(), kind=kind) for _ in range(CERTIFICATES)]
    if not only or "P10" in only:
        yield _pdf(proofs)
    if not only or "P16" in only:
        yield _page(proofs)


def _pdf(proofs):
    values = printed_values(proofs[0].facts)
    lines = [values[name] for names in ROWS for name in names]
    text = FIXED + "".join(lines)
    hand = HandPdf(fonts._instance(text, 400))
    product, floor = itertools.cycle(proofs), itertools.cycle(proofs)
    row = compare(
        "P10",
        "certificate PDF, Chinese, vector QR",
        product=lambda: certificate_pdf(next(product)),
        floor=lambda: hand.page(lines, token_url(next(floor).token)),
        gate=2,
        aim=2,
        calls=10,
    )
    # The gate is a time, the aim a ratio: both are shown.
    per_ratio = row.product.cpu * 1e3 / row.ratio
    return replace(
        row,
        ratio=row.product.cpu * 1e3,
        low=row.low * per_ratio,
        high=row.high * per_ratio,
        gate=PDF_GATE_MS,
        aim=row.floor.cpu * 1e3 * 2,
        note=f"in ms; {row.ratio:.2f} x handpdf, the aim is 2",
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
