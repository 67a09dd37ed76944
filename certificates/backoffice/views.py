"""Issue the proofs of a whole class, and see how far that is."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certificates.services import enrolments_awaiting_proof
from certificates.services.batch import ISSUE, MAY_ISSUE, ask_to_issue
from certificates.services.expected import Expectation, expected_proofs
from courses.models import Enrolment, TrainingClass
from lms.access.policies import staff_page
from lms.jobs.models import Job


class IssueForm(forms.Form):
    """A class with somebody in it whom the user may see."""

    training_class = forms.ModelChoiceField(
        TrainingClass.objects.none(), label=_("Class")
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        seen = Enrolment.objects.visible_to(user)
        self.fields["training_class"].queryset = (
            TrainingClass.objects.filter(
                pk__in=seen.order_by().values("training_class"),
                programme__proofs__isnull=False,
            )
            .distinct()
            .order_by("-starts_on", "number")
        )


@staff_page
@never_cache
def issue(request):
    """Choose a class; a repeat issues only what is missing."""
    _check(request.user)
    form = IssueForm(
        request.POST or None, initial=request.GET.dict(), user=request.user
    )
    if request.method == "POST" and form.is_valid():
        job = ask_to_issue(form.cleaned_data["training_class"], user=request.user)
        return redirect("issue:job", job.uuid)
    waiting = (
        enrolments_awaiting_proof()
        .visible_to(request.user)
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
    refused = {error["enrolment"]: error for error in job.errors}
    seen = Enrolment.objects.visible_to(request.user)
    people = seen.filter(uuid__in=refused).select_related("person")
    admitted = seen.filter(training_class=job.payload["training_class"]).admitted()
    expected = expected_proofs(rows := list(admitted.for_listing()))
    context = {
        "job": job,
        "training_class": TrainingClass.objects.get(pk=job.payload["training_class"]),
        "refused": [(row.person, refused[str(row.uuid)]) for row in people],
        "without": [
            (row.person, proof)
            for row in rows
            for proof in expected[row.pk]
            if proof.state not in (Expectation.HELD, Expectation.REFUSED)
        ],
        "state_url": reverse("jobs:state", args=[job.uuid]),
    }
    return render(request, "certificates/admin/issue_job.html", context)


def _check(user):
    if not user.has_perm(MAY_ISSUE):
        raise PermissionDenied
