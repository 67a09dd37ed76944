"""A worker's own certificates, and the paper of them."""

from io import BytesIO

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from certificates.models import Certificate
from certificates.pdf.drawing import certificate_pdf, token_url
from certificates.pdf.lines import printed_lines
from certificates.pdf.qr import svg_path
from certificates.services.cycles import next_cycle, previous_cycle
from certificates.services.papers import stored_paper
from certificates.verification.answers import OUTCOMES, Answer, Outcome
from certificates.views.presentation import waiting_for_holder
from lms.access.policies import papers_page, worker_page
from lms.evidence import clock

FILE_NAME = "training-proof.pdf"


@worker_page
@require_safe
def mine(request):
    """Everything the signed-in person holds: what waits first, then what counts."""
    today = clock.today()
    rows = Certificate.objects.owned_by(request.user).for_listing()
    rows = rows.with_status_on(today).with_disputed_on(today)
    answers = [Answer(OUTCOMES[row.status], row.status, row, today) for row in rows]
    waiting = waiting_for_holder(answers)
    answers.sort(key=lambda answer: answer.outcome != Outcome.VALID)
    context = {"answers": answers, "waiting": {"answers": waiting} if waiting else None}
    return render(request, "certificates/mine.html", context)


@worker_page
@require_safe
def detail(request, uuid):
    """One certificate of the signed-in person, with the code a guard scans."""
    today = clock.today()
    rows = (
        Certificate.objects.owned_by(request.user).for_listing().with_disputed_on(today)
    )
    row = get_object_or_404(rows, uuid=uuid)
    status = row.status_on(today)
    cycles = Certificate.objects.owned_by(request.user).cycles_of(row)
    context = {
        "answer": Answer(OUTCOMES[status], status, row, today),
        "before": previous_cycle(row, cycles),
        "after": next_cycle(row, cycles),
        "lines": printed_lines(row.facts) if row.is_issued else (),
        "code": svg_path(token_url(row.token)) if row.is_issued else None,
    }
    return render(request, "certificates/detail.html", context)


@papers_page
@require_safe
def pdf(request, uuid):
    """The paper, for its holder while it is not withdrawn, and for staff."""
    issued = Certificate.objects.issued().filter(uuid=uuid)
    row = issued.owned_by(request.user).first()
    if row and OUTCOMES[row.status_on(clock.today())] == Outcome.WITHDRAWN:
        return redirect(row)
    row = row or issued.visible_to(request.user).first()
    if row is None:
        raise Http404
    # The sweep stores it within a minute; until then it is drawn for this answer.
    stored = stored_paper(row)
    response = FileResponse(
        BytesIO(certificate_pdf(row)) if stored is None else stored,
        as_attachment=True,
        filename=FILE_NAME,
        content_type="application/pdf",
    )
    response["Cache-Control"] = "private, no-store"
    return response
