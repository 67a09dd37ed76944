from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from wagtail.admin import messages

from lms.people.access import staff_page
from lms.people.forms import RevealForm
from lms.people.models import Person
from lms.people.services.accounts import AccountRefusal, issue_activation_code
from lms.people.services.people import reveal_number
from lms.people.slips import slip_of


def _person(request, pk):
    return get_object_or_404(Person.objects.visible_to(request.user), pk=pk)


@staff_page
@permission_required("people.reveal_identity", raise_exception=True)
@never_cache
def reveal(request, pk):
    """Show a number in full, once, to somebody who says why."""
    person = _person(request, pk)
    number = error = ""
    if request.method == "POST":
        form = RevealForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        try:
            number = reveal_number(person, actor=request.user, reason=reason)
        except ValueError:
            error = _("Say in a few words why you need the number.")
    context = {"person": person, "number": number, "error": error}
    return render(request, "people/reveal.html", context)


@staff_page
@permission_required("people.add_activationcode", raise_exception=True)
@never_cache
def slip(request, pk):
    """Make and print a sign-in slip for one person."""
    person = _person(request, pk)
    context = {"person": person}
    if request.method == "POST":
        try:
            code = issue_activation_code(person, actor=request.user)
        except AccountRefusal as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)
        context = slip_of(person, code, request)
    return render(request, "people/slip.html", context)
