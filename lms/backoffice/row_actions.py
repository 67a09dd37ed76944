"""Acts on one row: declared once, offered on its desk, done by one service.

An app declares the acts of a model, its own or that of an app below it:

    register_row_actions(
        TrainingClass,
        RowAction(
            name="cancel",
            label=_("Cancel the class"),
            permission="courses.change_trainingclass",
            service=cancel_class,
            form_class=CancelForm,
        ),
    )

The address of each is ``<listing>/<pk>/act/<name>/``. The base viewset checks the
scope of the row, then the permission, then whether the row offers the act.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.access.refusals import Refusal
from lms.backoffice.rows import with_keys
from lms.backoffice.second_editor import is_overtaken, note_version

NO_LONGER = gettext_lazy("This is no longer possible: the page was old.")


def always(row) -> bool:
    return True


def to_all(row, user) -> bool:
    return True


def no_arguments(row, user) -> dict:
    return {}


@dataclass(frozen=True, kw_only=True)
class RowAction:
    """One act on one row.

    ``service(row, by=user, **cleaned_data)`` does it; it may return a sentence that
    says what was done, or a row of the model: its desk comes next. It raises a
    ``Refusal`` where a rule says no. ``consequence`` is said before, in words or by
    ``function(row, user)``; an act that has one, or a form, is asked on a page of its
    own.
    ``form_arguments(row, user)`` is what the form needs to know besides the data.
    ``offered(row)`` and ``offered_to(row, user)`` say whether it is possible now.
    An act that is not ``is_listed`` has no button of its own: the desk links to it
    beside the part it is about, with what is known in the query of the address.
    One that ``overwrites`` has a form filled with what the row says: what somebody
    else has changed meanwhile is shown before it is overwritten.
    """

    name: str
    label: str | Promise
    permission: str
    service: Callable
    form_class: type[forms.Form] = forms.Form
    form_arguments: Callable[[models.Model, object], dict] = no_arguments
    consequence: str | Promise | Callable[[models.Model, object], str] = ""
    offered: Callable[[models.Model], bool] = always
    offered_to: Callable[[models.Model, object], bool] = to_all
    is_primary: bool = False
    is_final: bool = False
    is_listed: bool = True
    overwrites: bool = False
    icon: str = "arrow-right"

    @property
    def asks(self) -> bool:
        """Whether a person is asked something before the act is done."""
        return bool(self.consequence) or bool(self.form_class.base_fields)

    def is_possible(self, row: models.Model, user) -> bool:
        """Whether a user who has the permission can do it to the row now."""
        return self.offered(row) and self.offered_to(row, user)

    def consequence_for(self, row: models.Model, user) -> str | Promise:
        """What is said before it is done."""
        said = self.consequence
        return said(row, user) if callable(said) else said


_ACTIONS: dict[type[models.Model], dict[str, RowAction]] = {}


def register_row_actions(model: type[models.Model], *actions: RowAction) -> None:
    """Declare acts on the rows of a model; a later one of a name replaces a former."""
    _ACTIONS.setdefault(model, {}).update({one.name: one for one in actions})


def actions_for(row: models.Model, user) -> list[RowAction]:
    """Return the acts that a user may do to a row now, in order of declaration."""
    return [
        one
        for one in _ACTIONS.get(type(row), {}).values()
        if user.has_perm(one.permission) and one.is_possible(row, user)
    ]


def act(request, *, viewset, pk: str, name: str):
    """Ask for what an act needs, do it, and go back to the desk of its row.

    What was typed stays on the page when the service refuses.
    """
    action = _ACTIONS.get(viewset.model, {}).get(name)
    if action is None:
        raise Http404
    row = get_object_or_404(with_keys(viewset.get_queryset(request), [pk]))
    if not request.user.has_perm(action.permission):
        raise PermissionDenied
    desk = reverse(viewset.get_url_name("inspect"), args=[row.pk])
    is_sent = request.method == "POST"
    is_possible = action.is_possible(row, request.user)
    if not is_possible and not (is_sent and action.form_class.base_fields):
        messages.error(request, NO_LONGER)
        return redirect(desk)
    form = action.form_class(
        request.POST if is_sent else None,
        **action.form_arguments(row, request.user),
        **({} if is_sent else {"initial": request.GET.dict()}),
    )
    if action.overwrites:
        note_version(form, row)
    if not is_possible:
        form.add_error(None, NO_LONGER)
    is_valid = is_sent and form.is_valid()
    if is_valid and not (action.overwrites and is_overtaken(form, row)):
        try:
            done = action.service(row, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, [str(refusal), *map(str, refusal.details)])
        else:
            if isinstance(done, viewset.model):
                desk = reverse(viewset.get_url_name("inspect"), args=[done.pk])
            said = done if isinstance(done, str | Promise) else None
            messages.success(
                request, said or _("Done: %(action)s.") % {"action": action.label}
            )
            return redirect(desk)
    context = {"action": action, "row": row, "form": form, "desk": desk}
    context["consequence"] = action.consequence_for(row, request.user)
    return render(request, "backoffice/act.html", context)


def buttons(row: models.Model, user, viewset) -> Iterable[tuple[RowAction, str]]:
    """Return the acts offered on a desk, each with its address."""
    name = viewset.get_url_name("act")
    return [
        (one, reverse(name, args=[row.pk, one.name])) for one in actions_for(row, user)
    ]


def address_of(row: models.Model, name: str) -> str:
    """Return the address of an act on a row, for a link beside a part of its desk."""
    return reverse(type(row).snippet_viewset.get_url_name("act"), args=[row.pk, name])
