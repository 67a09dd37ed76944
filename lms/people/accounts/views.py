from django.contrib import messages
from django.contrib.auth import login
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from lms.access.levels import Access
from lms.access.policies import is_staff, public_page, signed_in_page, worker_page
from lms.evidence import clock
from lms.people.accounts.forms import ActivationForm
from lms.people.accounts.password_limits import remember_device
from lms.people.models import Post
from lms.people.services.accounts import (
    AccountRefusal,
    OwnCodeWrong,
    ReleaseNeeded,
    TooManyOwnCodes,
    activate_account,
    cancel_activation_codes,
)
from lms.web.rate_limits import address_allowed

BACKEND = "lms.people.accounts.sign_in.PhoneOrUsernameBackend"
# A whole class may stand behind one address.
ACTIVATIONS_PER_MINUTE = 600


@signed_in_page
@require_safe
@never_cache
def welcome(request):
    """Redirect a user to the start page of the own role."""
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
    """Page 我的: record, posts, password, signing out."""
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
        if not address_allowed(request, "activate", limit=ACTIVATIONS_PER_MINUTE):
            return render(request, "429.html", status=429)
        if form.is_valid() and (user := _activated(form)):
            login(request, user, backend=BACKEND)
            messages.success(request, _("Your account is ready."))
            return remember_device(request, redirect("account_welcome"), user)
    return render(request, "account/activate.html", {"form": form})


def _activated(form):
    try:
        return activate_account(**form.cleaned_data)
    except (ReleaseNeeded, OwnCodeWrong, TooManyOwnCodes) as refusal:
        form.ask_own_code(str(refusal))
    except AccountRefusal as refusal:
        form.add_error("code", str(refusal))
    return None


@worker_page
@require_POST
def cancel_slips(request):
    """End the slips of the own account: the holder did not ask for one."""
    if cancel_activation_codes(request.user.person, actor=request.user):
        messages.success(
            request, _("The slip no longer works. Tell the training base about it.")
        )
    return redirect("account_me")
