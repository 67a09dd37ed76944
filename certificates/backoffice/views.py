"""Choose a class to issue the proofs of, and print those it has."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certificates.backoffice.class_proofs import class_proofs, classes_with_proofs
from certificates.pdf.drawing import certificates_pdf
from certificates.services import enrolments_awaiting_proof
from certificates.services.batch import MAY_ISSUE
from courses.models import TrainingClass
from lms.access.policies import staff_page
from lms.backoffice.desks import link_to
from lms.backoffice.row_actions import address_of


class IssueForm(forms.Form):
    """A class where the base issues certificates to people the user sees."""

    training_class = forms.ModelChoiceField(
        TrainingClass.objects.none(), label=_("Class")
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        classes = classes_with_proofs(user).order_by("-starts_on", "number")
        self.fields["training_class"].queryset = classes


@staff_page
@require_safe
@never_cache
def issue(request):
    """Choose a class; its desk issues the proofs."""
    if not request.user.has_perm(MAY_ISSUE):
        raise PermissionDenied
    form = IssueForm(request.GET or None, user=request.user)
    if form.is_valid():
        return redirect(address_of(form.cleaned_data["training_class"], "issue"))
    waiting = (
        enrolments_awaiting_proof()
        .visible_to(request.user)
        .order_by()
        .values("training_class")
        .annotate(people=Count("pk"))
        .order_by("training_class__number")
    )
    classes = TrainingClass.objects.in_bulk([one["training_class"] for one in waiting])
    context = {
        "form": form,
        "waiting": [
            (link_to(classes[one["training_class"]]), one["people"]) for one in waiting
        ],
    }
    return render(request, "certificates/admin/issue.html", context)


@staff_page
@require_safe
@never_cache
def print_class(request, pk):
    """One PDF of the proofs of a class that are valid, one page each."""
    if not request.user.has_perm("certificates.view_certificate"):
        raise PermissionDenied
    training_class = get_object_or_404(TrainingClass, pk=pk)
    proofs = class_proofs(training_class, request.user)
    rows = [one.certificate for one in proofs if one.is_printable]
    if not rows:
        raise Http404
    response = HttpResponse(certificates_pdf(rows), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="class-{pk}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
