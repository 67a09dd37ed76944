"""What the forms of the back office do when saved, and the page of a person."""

from django.db import transaction
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.widgets.button import Button
from wagtail.snippets.views.snippets import CreateView, EditView

from lms.backoffice.hooks import related_rows
from lms.backoffice.views import LocalInspectView

from .services.organisations import DOUBTFUL_CODE
from .services.people import change_person, create_person


class SaysDoubtfulCode:
    def save_instance(self):
        if self.form.code_is_doubtful:
            messages.warning(self.request, DOUBTFUL_CODE)
        return super().save_instance()


class OrganisationCreateView(SaysDoubtfulCode, CreateView):
    pass


class OrganisationEditView(SaysDoubtfulCode, EditView):
    pass


class PersonCreateView(CreateView):
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


class PersonEditView(EditView):
    def save_instance(self):
        return change_person(
            self.object,
            name=self.form.cleaned_data["name"],
            phone=self.form.cleaned_data["phone"],
            actor=self.request.user,
        )


class PersonInspectView(LocalInspectView):
    """A person, and what every app knows of them."""

    template_name = "people/admin/person.html"

    def get_context_data(self, **kwargs):
        related = related_rows(self.request, self.object)
        return super().get_context_data(related=related, **kwargs)

    @property
    def header_more_buttons(self):
        buttons = list(super().header_more_buttons)
        user, pk = self.request.user, self.object.pk
        if user.has_perm("people.reveal_identity"):
            buttons.append(
                Button(
                    _("Show the number in full"),
                    url=reverse("people_admin:reveal", args=[pk]),
                    icon_name="view",
                    priority=50,
                )
            )
        if user.has_perm("people.add_activationcode"):
            buttons.append(
                Button(
                    _("Print a sign-in slip"),
                    url=reverse("people_admin:slip", args=[pk]),
                    icon_name="key",
                    priority=60,
                )
            )
        return buttons


# The form locks the person and looks for overlapping posts: save before letting go.
@method_decorator(transaction.atomic, name="post")
class PostCreateView(CreateView):
    pass


@method_decorator(transaction.atomic, name="post")
class PostEditView(EditView):
    pass
