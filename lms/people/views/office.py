from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lms.access.policies import enterprise_page
from lms.evidence import clock
from lms.people.accounts.slips import slip_of
from lms.people.models import Person, Post
from lms.people.services.accounts import AccountRefusal, issue_activation_code

PER_PAGE = 50


@enterprise_page
@require_safe
@never_cache
def home(request):
    """Whose portal this is, and how many people are in post today."""
    today = clock.today()
    posts = Post.objects.active_on(today).visible_to(request.user)
    context = {
        "organisation": request.user.organisation,
        "today": today,
        "people": posts.values("person").distinct().count(),
        "posts": posts.count(),
    }
    return render(request, "office/home.html", context)


@enterprise_page
@require_safe
@never_cache
def roster(request):
    """Everybody in post today, masked, a page at a time."""
    today = clock.today()
    words = request.GET.get("q", "").replace("\0", " ").strip()[:60]
    posts = (
        Post.objects.active_on(today)
        .visible_to(request.user)
        .select_related("person", "item")
        .order_by("person__name", "pk")
    )
    if words:
        posts = posts.filter(
            Q(person__name__icontains=words) | Q(item__name__icontains=words)
        )
    context = {
        "organisation": request.user.organisation,
        "today": today,
        "page": Paginator(posts, PER_PAGE).get_page(request.GET.get("page")),
        "words": words,
    }
    return render(request, "office/roster.html", context)


@enterprise_page
@require_POST
@never_cache
def activation_slip(request, uuid):
    """Print a slip with which one of the own people makes an account."""
    person = get_object_or_404(Person.objects.visible_to(request.user), uuid=uuid)
    try:
        code = issue_activation_code(person, actor=request.user)
    except AccountRefusal as refusal:
        messages.error(request, str(refusal))
        return redirect("office:roster")
    context = slip_of(person, code, request) | {"back": _("Back to the roster")}
    return render(request, "office/slip.html", context)
