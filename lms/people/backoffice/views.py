"""What the forms of the back office do when saved, and the page of a person."""

from django.db import transaction
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.widgets.button import Button

from lms.backoffice.hooks import related_rows
from lms.backoffice.views import (
    AuditedCreateView,
    AuditedEditView,
    DeskIndexView,
    LocalInspectView,
)
from lms.people.services.accounts import set_password
from lms.people.services.organisations import DOUBTFUL_CODE
from lms.people.services.people import change_person, create_person


class SaysDoubtfulCode:
    def save_instance(self):
        if self.form.code_is_doubtful:
            messages.warning(self.request, DOUBTFUL_CODE)
        return super().save_instance()


class OrganisationCreateView(SaysDoubtfulCode, AuditedCreateView):
    pass


class OrganisationEditView(SaysDoubtfulCode, AuditedEditView):
    pass


class PersonCreateView(AuditedCreateView):
    def save_instance(self):
        facts = self.form.cleaned_data
        return create_person(
            name=facts["name"],
            id_type=facts["id_type"],
            number=facts["number"],
            phone=facts["phone"],
            post=facts["post"],
            actor=self.request.user,
        )


class PersonEditView(AuditedEditView):
    def save_instance(self):
        return change_person(
            self.object,
            name=self.form.cleaned_data["name"],
            phone=self.form.cleaned_data["phone"],
            actor=self.request.user,
        )


class RelatedInspectView(LocalInspectView):
    """A row, and what every app knows of it."""

    template_name = "people/admin/with_related.html"

    def get_context_data(self, **kwargs):
        related = related_rows(self.request, self.object)
        return super().get_context_data(related=related, **kwargs)


# What may be done about a person: a right, a page, its words and its picture.
PERSON_BUTTONS = (
    ("confirm_identity", "identity", _("Confirm the identity"), "user"),
    ("reveal_identity", "reveal", _("Show the number in full"), "view"),
    ("add_activationcode", "slip", _("Print a sign-in slip"), "key"),
    ("correct_identity", "correct", _("Correct the document number"), "edit"),
)


class PersonInspectView(RelatedInspectView):
    @property
    def header_more_buttons(self):
        user, pk = self.request.user, self.object.pk
        return [
            *super().header_more_buttons,
            *(
                Button(
                    label,
                    url=reverse(f"people_admin:{page}", args=[pk]),
                    icon_name=icon,
                    priority=50 + 10 * place,
                )
                for place, (right, page, label, icon) in enumerate(PERSON_BUTTONS)
                if user.has_perm(f"people.{right}")
            ),
        ]


class PersonIndexView(DeskIndexView):
    """The people one sees; they are found by a posted form, never by the address."""

    is_searchable = False


class UserCreateView(AuditedCreateView):
    def save_instance(self):
        return with_password(super().save_instance(), self)


class UserEditView(AuditedEditView):
    def save_instance(self):
        return with_password(super().save_instance(), self)


def with_password(user, view):
    """Give an account the password that was typed in its form, if one was."""
    password = view.form.cleaned_data["password"]
    if password:
        set_password(user, password, actor=view.request.user)
    return user


# The form locks the person and looks for overlapping posts: save before letting go.
@method_decorator(transaction.atomic, name="post")
class PostCreateView(AuditedCreateView):
    pass


@method_decorator(transaction.atomic, name="post")
class PostEditView(AuditedEditView):
    pass
