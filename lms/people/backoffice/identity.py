from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from wagtail import hooks
from wagtail.admin import messages

from lms.access.policies import staff_page
from lms.backoffice.rows import with_keys
from lms.evidence import clock
from lms.people.accounts.forms import CorrectIdentityForm, FindForm, ReasonForm
from lms.people.accounts.slips import slip_of
from lms.people.backoffice.places import PLACE_HEADINGS, PLACES, with_posts_today
from lms.people.identity.numbers import IdentityError
from lms.people.models import ActivationCode, Person
from lms.people.services.accounts import (
    AccountRefusal,
    confirm_identity,
    issue_activation_code,
    release_activation_code,
)
from lms.people.services.people import correct_identity, reveal_number

MOST_FOUND = 50


def _person(request, pk):
    return get_object_or_404(Person.objects.visible_to(request.user), pk=pk)


@staff_page
@permission_required("people.reveal_identity", raise_exception=True)
@never_cache
def reveal(request, pk):
    """Show a number in full, once, to a user who gives a reason."""
    person = _person(request, pk)
    number = error = ""
    if request.method == "POST":
        form = ReasonForm(request.POST)
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


def _slips(request):
    seen = Person.objects.visible_to(request.user)
    waiting = ActivationCode.objects.awaiting_release(clock.now())
    return waiting.filter(person__in=seen).select_related("person", "issued_by")


@staff_page
@permission_required("people.release_activationcode", raise_exception=True)
@never_cache
def slips(request):
    """List the slips that wait for a second member of staff, and release one."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST":
        key = request.POST.get("slip", "")
        slip = get_object_or_404(with_keys(_slips(request), [key]))
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        try:
            release_activation_code(slip, actor=request.user, reason=reason)
            messages.success(request, _("The slip of %s is released.") % slip.person)
        except AccountRefusal as refusal:
            messages.error(request, str(refusal))
        return redirect("people_admin:slips")
    return render(request, "people/slips.html", {"slips": _slips(request)})


@staff_page
@permission_required("people.confirm_identity", raise_exception=True)
@never_cache
def identity(request, pk):
    """Confirm that the person who stands here is the holder of the account."""
    person = _person(request, pk)
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse(Person.snippet_viewset.get_url_name("inspect"), args=[pk])
    if request.method == "POST":
        try:
            confirm_identity(person, actor=request.user)
            messages.success(request, _("The identity of %s is confirmed.") % person)
        except AccountRefusal as refusal:
            messages.error(request, str(refusal))
        return redirect(back)
    return render(request, "people/identity.html", {"person": person, "back": back})


@staff_page
@permission_required("people.correct_identity", raise_exception=True)
@sensitive_post_parameters("number")
@never_cache
def correct(request, pk):
    """Correct a wrong document number, with a reason."""
    person = _person(request, pk)
    form = CorrectIdentityForm(
        request.POST or None, initial={"id_type": person.id_type}
    )
    if request.method == "POST" and form.is_valid():
        try:
            correct_identity(person, actor=request.user, **form.cleaned_data)
        except IdentityError as error:
            form.add_error("number", str(error))
        else:
            messages.success(request, _("The document number is corrected."))
            return redirect(Person.snippet_viewset.get_url_name("inspect"), pk)
    return render(request, "people/correct.html", {"person": person, "form": form})


@staff_page
@permission_required("people.view_person", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("words")
@never_cache
def find(request):
    """Find people by what is typed: posted, never taken from an address.

    A name or part of it, a document number or its end, a phone, or a number that
    another app knows people by (hook ``find_people_by_number``).
    """
    form = FindForm(request.POST)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    seen = with_posts_today(
        Person.objects.visible_to(request.user), request.user, person=""
    )
    found = list(_meant(seen, words)[: MOST_FOUND + 1]) if words else []
    if len(found) == 1:
        return redirect(Person.snippet_viewset.get_url_name("inspect"), found[0].pk)
    context = {
        "words": words,
        "headings": PLACE_HEADINGS.values(),
        "found": [
            (person, [place(person) for place in PLACES.values()])
            for person in found[:MOST_FOUND]
        ],
        "more": len(found) > MOST_FOUND,
        "inspect": Person.snippet_viewset.get_url_name("inspect"),
        "add": Person.snippet_viewset.get_url_name("add"),
    }
    return render(request, "people/found.html", context)


def _meant(seen, words):
    meant = seen.matching(words)
    for people_of_number in hooks.get_hooks("find_people_by_number"):
        meant |= seen.filter(pk__in=people_of_number(words))
    return meant
