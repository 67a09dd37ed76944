from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from lms.evidence.audit import record
from lms.evidence.reasons import ReasonField
from lms.people.accounts.password_limits import guess_own_password, guess_second_factor
from lms.people.identity.numbers import IdentityError, IdType, normalise_phone
from lms.web.rate_limits import within

TOO_MANY = _("Too many wrong tries. Wait a few minutes, then try again.")


def own_password(user, check):
    """Return what ``check`` says of the present password, counted as one guess."""
    guess = guess_own_password(user)
    if not guess.allowed:
        raise forms.ValidationError(TOO_MANY, code="too_many_login_attempts")
    password = check()
    guess.give_back()
    return password


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

    def clean_oldpassword(self):
        return own_password(self.user, super().clean_oldpassword)


class StaffPasswordForm(PasswordChangeForm):
    """The password on the account page of the back office."""

    def clean_old_password(self):
        return own_password(self.user, super().clean_old_password)

    def save(self, commit=True):
        user = super().save(commit)
        record("account.change_password", actor=user, subject=user)
        return user


# A code is right for one step before and after its own: none is taken twice.
CODE_LIFE = (2 * mfa_settings.TOTP_TOLERANCE + 1) * mfa_settings.TOTP_PERIOD


class CountsCodes:
    """Limits guesses at the second factor of an account."""

    def clean_code(self):
        guess = guess_second_factor(self.user)
        if not guess.allowed:
            raise forms.ValidationError(TOO_MANY, code="too_many_login_attempts")
        code = super().clean_code()
        if not within(f"code_used.{self.user.pk}.{code}", limit=1, seconds=CODE_LIFE):
            raise get_adapter().validation_error("incorrect_code")
        guess.give_back()
        return code


class SecondFactorForm(CountsCodes, AuthenticateForm):
    pass


class SecondFactorAgainForm(CountsCodes, ReauthenticateForm):
    pass


class SecondFactorSetUpForm(CountsCodes, ActivateTOTPForm):
    pass


class ReasonForm(forms.Form):
    """Reason of a member of staff for an act on a person."""

    reason = ReasonField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CorrectIdentityForm(ReasonForm):
    """The right document of a person, and why the number on record is wrong."""

    id_type = forms.ChoiceField(label=_("document type"), choices=IdType.choices)
    number = forms.CharField(
        label=_("Document number"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["id_type", "number", "reason"]


class FindForm(forms.Form):
    """Search for a person by a member of staff."""

    words = forms.CharField(
        label=_("Name, document number or its end, phone, certificate number"),
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


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

    own_code = forms.CharField(
        label=_("Code from your signed-in phone"),
        max_length=20,
        required=False,
        help_text=_(
            "Only where you have signed in before: open Me on that phone. Leave it "
            "empty where the training base has released the slip."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.own_code_widget = self.fields["own_code"].widget
        # A first account needs no such code.
        if not self.data.get("own_code"):
            self.fields["own_code"].widget = forms.HiddenInput()

    def ask_own_code(self, refusal):
        """Show the field for the code of the signed-in phone, and why."""
        self.fields["own_code"].widget = self.own_code_widget
        self.add_error("own_code", refusal)

    def clean_phone(self):
        try:
            return normalise_phone(self.cleaned_data["phone"])
        except IdentityError as error:
            raise forms.ValidationError(str(error), code=error.code) from error

    def clean_password(self):
        password = self.cleaned_data["password"]
        validate_password(password)
        return password
