from django import forms
from django.utils.translation import gettext_lazy as _


class NumberForm(forms.Form):
    """Number and full name, as printed on the proof."""

    number = forms.CharField(
        label=_("Number on the proof"),
        max_length=40,
        help_text=_("Starts with WC, for example WC2026G0000136."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters"}
        ),
    )
    name = forms.CharField(
        label=_("Full name of the holder"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
