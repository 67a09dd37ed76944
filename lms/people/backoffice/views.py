"""What the forms of the back office do when saved, and the page of a person."""

from django.db import transaction
from django.utils.decorators import method_decorator
from wagtail.admin import messages

from lms.backoffice.views import (
    AuditedCreateView,
    AuditedEditView,
    DeskIndexView,
    RowColumn,
    ScopedIndexView,
)
from lms.people.backoffice.places import ExportsPlaces
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


class PostIndexView(ScopedIndexView):
    """Posts; the name opens the file of the person."""

    def _get_title_column(self, field_name, column_class=RowColumn, **kwargs):
        return super()._get_title_column(
            field_name, column_class, of="person", **kwargs
        )


class PersonIndexView(ExportsPlaces, DeskIndexView):
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


# The form locks the person and checks for overlapping posts: save in that lock.
@method_decorator(transaction.atomic, name="post")
class PostCreateView(AuditedCreateView):
    pass


@method_decorator(transaction.atomic, name="post")
class PostEditView(AuditedEditView):
    pass
