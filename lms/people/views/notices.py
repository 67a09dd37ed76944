"""What the holder of an account is told about it."""

from django.utils import timezone

from lms.people.services.accounts import show_own_code, slips_to_tell
from lms.web.notices import Notice, Place, notice


@notice(Place.START_PAGE, Place.OWN_ACCOUNT, order=10)
def sign_in_slips(request):
    """The sign-in slips that were made or used for the account."""
    user = request.user
    # This node's clock will do to choose among days, and costs no query.
    slips = slips_to_tell(user.person_id, timezone.now())
    if not slips:
        return None
    waiting = next((slip for slip in slips if slip.used_at is None), None)
    context = {
        "used": [slip for slip in slips if slip.used_at],
        "waiting": waiting,
        "own_code": show_own_code(waiting, user) if waiting else "",
        "phone": user.person.phone_masked,
    }
    return Notice("people/_slip_notices.html", context)
