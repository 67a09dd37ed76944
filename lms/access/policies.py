"""Access rules of pages: every URL of ours declares one on its view.

The outermost decorator of a view says for whom it is and records that as
``view.access_rule``; a test visits all URLs and fails for one without a rule.
``visible_to`` decides which rows the page shows.

    @public_page            anybody, signed in or not
    @signed_in_page         anybody with an account (a job, own settings)
    @papers_page            papers of oneself or of people one may see
    @worker_page            a signed-in person: ``request.user.person_id`` is set
    @enterprise_page        users of one organisation: the portal /office/
    @office_page            anybody who sees others: enterprise, town, city
    @staff_page             users of the back office

A view that checks something of its own (a seat token, a signature) declares it by
``@declares("candidate")``. Not signed in: to the sign-in page. Wrong kind of
account: 403. Rows that are not yours: 404, from the queryset.
"""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied

from lms.access.levels import Access

PUBLIC = "public"
SIGNED_IN = "signed-in"
WORKER = "worker"
ENTERPRISE = "enterprise"
OFFICE = "office"
STAFF = "staff"
PAPERS = "papers of people one may see"

# Pages on which somebody may see other people: second factor first.
GUARDED = frozenset((PAPERS, ENTERPRISE, OFFICE, STAFF, "owner"))


def declares(rule):
    """Record the rule of a view that does its own checking."""

    def record(view):
        view.access_rule = rule
        return view

    return record


def _entrance(rule, may_enter):
    def guard(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            user = request.user
            if not user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may_enter(user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.access_rule = rule
        return guarded

    return guard


def sees_others(user):
    """Whether an account may see records of other people."""
    return user.is_superuser or user.access != Access.SELF


def is_staff(user):
    """Whether an account may use the back office."""
    return user.has_perm("wagtailadmin.access_admin")


public_page = declares(PUBLIC)
signed_in_page = _entrance(SIGNED_IN, lambda user: True)
papers_page = _entrance(PAPERS, lambda user: True)
worker_page = _entrance(WORKER, lambda user: user.person_id is not None)
enterprise_page = _entrance(ENTERPRISE, lambda user: user.access == Access.ORGANISATION)
office_page = _entrance(OFFICE, sees_others)
staff_page = _entrance(STAFF, is_staff)
