"""Typed reasons: why somebody did something, for the file."""

from django import forms

from lms.web.logs import mask_text


class ReasonField(forms.CharField):
    """Why something is done, in words, without document numbers and phones.

    Reasons are kept beside rows, in the register and in the audit trail, are shown to
    others and exported: a number that somebody types into one is masked.
    """

    def clean(self, value):
        return mask_text(super().clean(value))
