from django import forms
from django.utils.translation import gettext_lazy as _

from lms.evidence.reasons import ReasonField


class WithdrawForm(forms.Form):
    """Why a certificate is touched: a class anybody may know, and words."""

    reason_class = forms.ChoiceField(label=_("Class of the reason (public)"))
    reason = ReasonField(
        label=_("Reason (for the file)"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        # None is chosen beforehand: what the public reads is decided, not left.
        choices = [(reason.value, reason.label) for reason in reasons]
        self.fields["reason_class"].choices = [("", "—"), *choices]
