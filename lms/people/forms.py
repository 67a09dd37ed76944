from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from .identity import IdentityError, normalise_phone


class SignInForm(LoginForm):
    """One field for both: phone number or user name."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("Phone number or user name")
        for field, longest in ((login, 150), (password, 128)):
            field.validators.append(MaxLengthValidator(longest))
            field.widget.attrs["maxlength"] = longest
        password.help_text = ""
        for field in (login, password):
            field.widget.attrs.pop("placeholder", None)


class ChangePasswordForm(AllauthChangePasswordForm):
    """Without the link to a reset by e-mail: a new slip is the way here."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""


class RevealForm(forms.Form):
    """Why somebody needs to see a number in full."""

    reason = forms.CharField(max_length=500)


class ActivationForm(forms.Form):
    """The code of the slip, the phone to sign in with, a password of one's own."""

    code = forms.CharField(
        label=_("Code on the slip"),
        max_length=20,
        help_text=_("Ten letters and digits, like 2345A-BCDEF."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters"}
        ),
    )
    phone = forms.CharField(
        label=_("Your mobile number"),
        max_length=20,
        help_text=_("You will sign in with it."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    password = forms.CharField(
        label=_("A new password"),
        max_length=128,
        help_text=_("At least 8 characters, not only digits like a birthday."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_phone(self):
        try:
            return normalise_phone(self.cleaned_data["phone"])
        except IdentityError as error:
            raise forms.ValidationError(str(error), code=error.code) from error

    def clean_password(self):
        password = self.cleaned_data["password"]
        validate_password(password)
        return password
