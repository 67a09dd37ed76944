"""The forms of the back office: what a person may type, and for whom."""

from django import forms
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from lms import clock
from lms.backoffice import rows_for

from .identity import IdentityError, IdType, normalise_id, normalise_phone, person_key
from .models import Access, Person, User


class OrganisationForm(WagtailAdminModelForm):
    """An organisation stays in a town its editor looks after."""

    def clean_town(self):
        town, user = self.cleaned_data["town"], self.for_user
        theirs = user.access == Access.TOWN and not user.is_superuser
        if theirs and town.pk != user.town_id:
            message = _("This town is not yours to choose.")
            raise forms.ValidationError(message, code="not_yours")
        return town


class PersonForm(WagtailAdminModelForm):
    """The number is typed once, when the person is put on record."""

    number = forms.CharField(
        label=_("Document number"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=20,
        required=False,
        help_text=_("Leave empty to keep the phone on record."),
    )

    class Meta:
        model = Person
        fields = ["name", "id_type"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["number"]
            self.fields["id_type"].disabled = True
        else:
            self.fields["number"].required = True

    def clean_number(self):
        id_type = self.cleaned_data.get("id_type") or IdType.RESIDENT
        number = self._checked(
            "number",
            lambda text: normalise_id(id_type, text, today=clock.today()),
        )
        if Person.objects.filter(id_key=person_key(id_type, number)).exists():
            message = _("Somebody has this number already.")
            raise forms.ValidationError(message, code="already_there")
        return number

    def clean_phone(self):
        return self._checked("phone", normalise_phone)

    def _checked(self, name, check):
        text = self.cleaned_data[name]
        try:
            return check(text) if text else ""
        except IdentityError as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class PostForm(WagtailAdminModelForm):
    """A post joins a person and an organisation the user sees, and no others."""

    def clean_person(self):
        return self._own("person")

    def clean_organisation(self):
        return self._own("organisation")

    def _own(self, name):
        chosen = self.cleaned_data[name]
        if not rows_for(type(chosen), self.for_user).filter(pk=chosen.pk).exists():
            message = _("This organisation or person is not yours to choose.")
            raise forms.ValidationError(message, code="not_yours")
        return chosen


class UserForm(WagtailAdminModelForm):
    """An account: whose it is, how far it sees, what it may do."""

    password = forms.CharField(
        label=_("New password"),
        max_length=128,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave empty to keep the one there is."),
    )
    groups = forms.ModelMultipleChoiceField(
        label=_("Groups"),
        queryset=Group.objects.exclude(name__in=["Moderators", "Editors"]),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_password(self):
        password = self.cleaned_data["password"]
        if password:
            validate_password(password, self.instance)
        return password

    def save(self, commit=True):
        password = self.cleaned_data["password"]
        if password:
            self.instance.set_password(password)
        elif not self.instance.pk:
            self.instance.set_unusable_password()
        else:
            self.instance.password = User.objects.get(pk=self.instance.pk).password
        return super().save(commit)
