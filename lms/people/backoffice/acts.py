"""What may be done to a post."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from lms.backoffice.row_actions import RowAction
from lms.evidence.dates import PastDayField
from lms.evidence.reasons import ReasonField
from lms.people.models import Post
from lms.people.services.posts import end_post


class EndPostForm(forms.Form):
    """The last day of a post, and why it ends."""

    ends_on = PastDayField(
        label=_("Last day of the post"),
        widget=AdminDateInput,
        initial=timezone.localdate,
    )
    reason = ReasonField(
        label=_("Reason (for the file)"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def is_open(post: Post) -> bool:
    return post.ends_on is None


END_POST = RowAction(
    name="end",
    label=_("End the post"),
    permission="people.change_post",
    service=end_post,
    form_class=EndPostForm,
    consequence=_(
        "From the day after on the person does not count for this post: not for its "
        "training, and not in the figures of the plan. What was learnt stays."
    ),
    offered=is_open,
    is_primary=True,
    icon="date",
)
