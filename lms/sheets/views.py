from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from lms.access.policies import staff_page
from lms.jobs.models import Job
from lms.sheets.files import MAX_FILE
from lms.sheets.imports import IMPORTS, imports_for
from lms.sheets.uploads import (
    APPLY,
    CHECK,
    UploadRefusal,
    apply_checked,
    check_part,
    start_check,
)

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("What the file holds"))
    file = forms.FileField(label=_("File"))

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.slug, kind.title) for kind in offered]
        endings = sorted({ending for kind in offered for ending in kind.extensions})
        self.fields["file"].help_text = " ".join(endings)
        self.fields["file"].widget.attrs["accept"] = ",".join(endings)

    def clean_file(self):
        if self.cleaned_data["file"].size > MAX_FILE:
            raise forms.ValidationError(_("The file is too large."), code="too_large")
        return self.cleaned_data["file"]


def _offered(request):
    offered = imports_for(request.user)
    if not offered:
        raise PermissionDenied
    return offered


@staff_page
@never_cache
def upload(request):
    """Choose a file; it is checked first and nothing is written yet."""
    offered = _offered(request)
    form = UploadForm(request.POST or None, request.FILES or None, offered=offered)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        job = start_check(
            form.cleaned_data["kind"],
            file.read(),
            filename=file.name,
            actor=request.user,
        )
        return redirect("imports:job", job.uuid)
    recent = Job.objects.filter(kind__in=[CHECK, APPLY], created_by=request.user)[:10]
    context = {
        "form": form,
        "offered": offered,
        "recent": [{"job": job, "title": _title(job)} for job in recent],
    }
    return render(request, "imports/upload.html", context)


@staff_page
@require_safe
@never_cache
def job(request, uuid):
    """How a check or an import stands: progress, then its report."""
    job = _job(request, uuid)
    context = {
        "job": job,
        "title": _title(job),
        "checking": job.kind == CHECK,
        "stopped": job.kind == APPLY and "rejected" not in job.result,
        "rows_to_write": job.result.get("created", 0) + job.result.get("updated", 0),
        "state_url": reverse("jobs:state", args=[job.uuid]),
    }
    return render(request, "imports/job.html", context)


@staff_page
@require_POST
def confirm(request, uuid):
    """Apply what the check has shown."""
    checked = _job(request, uuid)
    try:
        applied = apply_checked(
            checked, sha256=request.POST.get("sha256", ""), actor=request.user
        )
    except UploadRefusal as refusal:
        messages.error(request, str(refusal))
        return redirect("imports:job", checked.uuid)
    return redirect("imports:job", applied.uuid)


@staff_page
@require_POST
def choose(request, uuid):
    """Check the part that the sender chose of those the first check has named."""
    sent = _job(request, uuid)
    part = request.POST.get("part", "")
    if part not in sent.result.get("choices", ()):
        raise Http404
    try:
        checked = check_part(sent, part, actor=request.user)
    except UploadRefusal as refusal:
        messages.error(request, str(refusal))
        return redirect("imports:job", sent.uuid)
    return redirect("imports:job", checked.uuid)


@staff_page
@require_safe
@never_cache
def report(request, uuid):
    """The same sheet with a column saying what is wrong with each refused row."""
    job = _job(request, uuid)
    if not job.result_file or not storages["private"].exists(job.result_file):
        raise Http404
    return FileResponse(
        storages["private"].open(job.result_file),
        as_attachment=True,
        filename="import-report.xlsx",
        content_type=SHEET,
    )


@staff_page
@require_safe
def template(request, slug):
    """An empty sheet with the columns of one import."""
    kind = next((kind for kind in _offered(request) if kind.slug == slug), None)
    data = kind and kind.template()
    if not data:
        raise Http404
    response = HttpResponse(data, content_type=SHEET)
    response["Content-Disposition"] = f'attachment; filename="{slug}-template.xlsx"'
    return response


def _job(request, uuid):
    jobs = Job.objects.visible_to(request.user).filter(kind__in=[CHECK, APPLY])
    job = get_object_or_404(jobs, uuid=uuid)
    kind = IMPORTS.get(job.payload["slug"])
    if kind is None or not request.user.has_perm(kind.permission):
        raise Http404
    return job


def _title(job):
    kind = IMPORTS.get(job.payload["slug"])
    return kind.title if kind else job.payload["slug"]
