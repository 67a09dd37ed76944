"""Forms of the back office for people, posts, organisations and accounts.

Names, codes and numbers are checked by the rules of the imports.
"""

from django import forms
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.forms.models import formfield_for_dbfield

from lms.access.levels import Access
from lms.access.scopes import rows_for
from lms.evidence import clock
from lms.people.identity.numbers import (
    IdentityError,
    IdType,
    checked_name,
    normalise_id,
    normalise_phone,
    person_key,
)
from lms.people.models import Person, Post, User
from lms.people.services.organisations import check_digit_agrees
from lms.people.services.posts import (
    NoSupervisorsHere,
    OverlappingPost,
    refuse_overlap,
    refuse_role,
)
from lms.sheets.cells import CellError, number_text_of, text_of


class CheckedForm(WagtailAdminModelForm):
    """Asks the rules of imports about what was typed."""

    def checked(self, name, check):
        """Return a field's text as ``check`` makes it, or its refusal as an error."""
        text = self.cleaned_data[name]
        try:
            return (check(text) if text else None) or ""
        except (IdentityError, CellError) as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class OrganisationForm(CheckedForm):
    """An organisation, in a town that its editor may see."""

    code_is_doubtful = False

    def clean_name(self):
        return self.checked("name", text_of)

    def clean_uscc(self):
        if self.cleaned_data["uscc"] == self.instance.uscc:
            return self.instance.uscc
        return self.checked("uscc", self._checked_code)

    def _checked_code(self, text):
        code = number_text_of(text) or ""
        self.code_is_doubtful = not check_digit_agrees(code)
        return code

    def clean_town(self):
        town, user = self.cleaned_data["town"], self.for_user
        theirs = user.access == Access.TOWN and not user.is_superuser
        if theirs and town.pk != user.town_id:
            message = _("This town is not yours to choose.")
            raise forms.ValidationError(message, code="not_yours")
        return town


class PlaceForm(CheckedForm):
    """A form that says where somebody works: in an organisation the user sees."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("person", "organisation"):
            if name in self.fields and not self._may_choose(name):
                self._forget(name)

    def clean(self):
        facts = super().clean()
        organisation, role = facts.get("organisation"), facts.get("role")
        if organisation and role:
            try:
                refuse_role(role, kind=organisation.kind)
            except NoSupervisorsHere as refusal:
                error = forms.ValidationError(str(refusal), code="role_not_allowed")
                self.add_error("role", error)
        return facts

    def _may_choose(self, name):
        """Whether the choice is on record already, or is a row that the user sees."""
        chosen = self.data.get(self.add_prefix(name))
        if not chosen or chosen == str(getattr(self.instance, f"{name}_id", None)):
            return True
        rows = rows_for(self.fields[name].queryset.model, self.for_user)
        try:
            return rows.filter(pk=chosen).exists()
        except (ValueError, OverflowError):
            return False

    def _forget(self, name):
        """Drop a choice before the chooser shows the name of somebody else's row."""
        self.data = self.data.copy()
        self.data[self.add_prefix(name)] = ""
        self.fields[name].required = True
        self.fields[name].error_messages["required"] = _(
            "This organisation or person is not yours to choose."
        )


FIRST_POST = ("organisation", "role", "item", "starts_on")


class PersonForm(PlaceForm):
    """The number is typed once, when the person is put on record.

    Together with the first post: a user who sees people by their posts would not
    see a person without one.
    """

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
            return
        self.fields["number"].required = True
        self.fields |= fields_for_model(
            Post, FIRST_POST, formfield_callback=formfield_for_dbfield
        )
        for name in FIRST_POST:
            self.fields[name].required = name != "item" and self._post_is_needed()
        if not self._may_choose("organisation"):
            self._forget("organisation")

    def _post_is_needed(self):
        user = self.for_user
        return not user.is_superuser and user.access != Access.CITY

    def clean_name(self):
        return self.checked("name", checked_name)

    def clean_number(self):
        id_type = self.cleaned_data.get("id_type") or IdType.RESIDENT
        number = self.checked(
            "number",
            lambda text: normalise_id(id_type, text, today=clock.today()),
        )
        if Person.objects.filter(id_key=person_key(id_type, number)).exists():
            message = _("Somebody has this number already.")
            raise forms.ValidationError(message, code="already_there")
        return number

    def clean_phone(self):
        return self.checked("phone", normalise_phone)

    def clean(self):
        facts = super().clean()
        facts["post"] = None
        given = {name: facts[name] for name in FIRST_POST if facts.get(name)}
        if given and not self.errors:
            for name in {"organisation", "role", "starts_on"} - given.keys():
                self.add_error(name, self.fields[name].error_messages["required"])
        if given and not self.errors:
            facts["post"] = Post(**given)
            try:
                facts["post"].validate_constraints(exclude={"person"})
            except forms.ValidationError as error:
                self.add_error(None, error)
        return facts


class PostForm(PlaceForm):
    """A post joins a person and an organisation the user sees, and no others."""

    def clean_exposures(self):
        return self.checked("exposures", text_of)

    def clean_away(self):
        return self.checked("away", text_of)

    def clean(self):
        facts = super().clean()
        if facts.get("exposures") and not facts.get("exposed"):
            message = _("Hazards are listed below: tick this, or clear the list.")
            self.add_error("exposed", message)
        if not self.errors:
            days = {name: facts[name] for name in ("person", *FIRST_POST, "ends_on")}
            try:
                refuse_overlap(Post(pk=self.instance.pk, **days))
            except OverlappingPost as refusal:
                self.add_error("starts_on", str(refusal))
        return facts


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
        queryset=Group.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_password(self):
        password = self.cleaned_data["password"]
        if password:
            validate_password(password, self.instance)
        return password

    def save(self, commit=True):
        """Save the account; the view sets the password, by its service."""
        if self.instance.pk:
            self.instance.password = User.objects.get(pk=self.instance.pk).password
        else:
            self.instance.set_unusable_password()
        return super().save(commit)
