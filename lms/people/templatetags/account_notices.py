from django import template
from django.utils import timezone

from lms.people.models import ActivationCode
from lms.people.services.accounts import show_own_code

register = template.Library()


@register.inclusion_tag("people/_slip_notices.html", takes_context=True)
def slip_notices(context):
    """Tell the holder of an account of slips that were made or used for it."""
    user = context["user"]
    if not user.is_authenticated or user.person_id is None:
        return {"slips": []}
    # This node's clock will do to choose among days, and costs no query.
    slips = list(ActivationCode.objects.to_tell(user.person, timezone.now()))
    waiting = next((slip for slip in slips if slip.used_at is None), None)
    return {
        "used": [slip for slip in slips if slip.used_at],
        "waiting": waiting,
        "own_code": show_own_code(waiting, user) if waiting else "",
        "phone": user.person.phone_masked,
        "csrf_token": context.get("csrf_token"),
    }
