from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from lms import clock
from lms.people.access import is_staff, public_page, signed_in_page
from lms.people.forms import ActivationForm
from lms.people.models import Access, Post
from lms.people.services.accounts import AccountRefusal, activate_account

BACKEND = "lms.people.auth.PhoneOrUsernameBackend"


@signed_in_page
@require_safe
@never_cache
def welcome(request):
    """Send everybody to where their work is."""
    user = request.user
    if is_staff(user):
        return redirect("wagtailadmin_home")
    if user.access == Access.ORGANISATION:
        return redirect("office:home")
    return redirect("/learn/" if user.person_id else "/")


@signed_in_page
@require_safe
@never_cache
def me(request):
    """Who I am here: my record and posts, my password, my way out."""
    posts = Post.objects.filter(person=request.user.person_id).active_on(clock.today())
    return render(
        request,
        "account/me.html",
        {
            "person": request.user.person,
            "posts": posts.select_related("organisation", "item"),
        },
    )


@public_page
@sensitive_post_parameters("code", "password")
@never_cache
def activate(request):
    """Turn the slip of a worker into an account, and sign in."""
    form = ActivationForm(request.POST or None)
    if request.method == "POST":
        if refused := ratelimit.consume_or_429(request, action="activate"):
            return refused
        if form.is_valid() and (user := _activated(form)):
            login(request, user, backend=BACKEND)
            messages.success(request, _("Your account is ready."))
            return redirect("account_welcome")
    return render(request, "account/activate.html", {"form": form})


def _activated(form):
    try:
        return activate_account(
            form.cleaned_data["code"],
            phone=form.cleaned_data["phone"],
            password=form.cleaned_data["password"],
        )
    except AccountRefusal as refusal:
        form.add_error("code", str(refusal))
        return None
