"""Issue the proofs of a whole class, and see how far that is."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certificates.jobs import ISSUE
from certificates.services import enrolments_awaiting_proof
from courses.models import Enrolment, TrainingClass
from lms.jobs.models import Job, JobState
from lms.jobs.services import enqueue
from lms.people.access import staff_page

MAY_ISSUE = "certificates.add_certificate"


class IssueForm(forms.Form):
    training_class = forms.ModelChoiceField(
        TrainingClass.objects.filter(programme__proofs__isnull=False)
        .distinct()
        .order_by("-starts_on", "number"),
        label=_("Class"),
    )


@staff_page
@never_cache
def issue(request):
    """Choose a class; a repeat issues only what is missing."""
    _check(request.user)
    form = IssueForm(request.POST or None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        training_class = form.cleaned_data["training_class"]
        job = _running(training_class, request.user)
        if job is None:
            payload = {"training_class": training_class.pk}
            job = enqueue(ISSUE, payload, user=request.user)
        else:
            messages.info(request, _("The proofs of this class are being issued."))
        return redirect("issue:job", job.uuid)
    waiting = (
        enrolments_awaiting_proof()
        .order_by()
        .values("training_class", "training_class__number", "training_class__title")
        .annotate(people=Count("pk"))
        .order_by("training_class__number")
    )
    context = {"form": form, "waiting": waiting}
    return render(request, "certificates/admin/issue.html", context)


@staff_page
@require_safe
@never_cache
def job(request, uuid):
    """The bar, then what was issued and who was refused, and why."""
    _check(request.user)
    jobs = Job.objects.visible_to(request.user).filter(kind=ISSUE)
    job = get_object_or_404(jobs, uuid=uuid)
    refused = {error["enrolment"]: error for error in job.errors if error}
    people = Enrolment.objects.filter(uuid__in=refused).select_related("person")
    context = {
        "job": job,
        "training_class": TrainingClass.objects.get(pk=job.payload["training_class"]),
        "refused": [(row.person, refused[str(row.uuid)]) for row in people],
        "state_url": reverse("jobs:state", args=[job.uuid]),
    }
    return render(request, "certificates/admin/issue_job.html", context)


def _check(user):
    if not user.has_perm(MAY_ISSUE):
        raise PermissionDenied


def _running(training_class, user):
    return Job.objects.filter(
        kind=ISSUE,
        payload__training_class=training_class.pk,
        created_by=user,
        state__in=[JobState.QUEUED, JobState.RUNNING],
    ).first()
