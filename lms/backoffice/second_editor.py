"""A form that warns when somebody else has changed the row since it was opened."""

import hashlib
import json

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.evidence.audit import stored_values
from lms.evidence.models import AuditEvent

VERSION = "row_version"


def version_of(row) -> str:
    """Return a digest of all that the audit trail knows of a row as it is stored."""
    text = json.dumps(stored_values(row), cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def note_version(form, row) -> None:
    """Add to a form, hidden, which version of a row it was opened on."""
    form.fields[VERSION] = forms.CharField(widget=forms.HiddenInput, required=False)
    form.initial[VERSION] = version_of(row)


def is_overtaken(form, row) -> bool:
    """Whether somebody has changed a row since its valid form was opened.

    The form then says what is stored now; sent again, it keeps what was typed.
    """
    opened, now = form.cleaned_data.pop(VERSION, ""), version_of(row)
    if not opened or opened == now:
        return False
    stored = type(row)._base_manager.get(pk=row.pk)
    form.add_error(None, _notice(stored, form))
    form.data = form.data.copy()
    form.data[form.add_prefix(VERSION)] = now
    return True


class WarnsOfSecondEditor:
    """An edit view that does not overwrite a change the user has not seen.

    The page comes back with all that was typed and says what is stored now; saving
    again keeps what was typed.
    """

    # Wagtail sets it while it saves, and reads it when a form comes back.
    produced_error_message = None

    def get_form(self, *args, **kwargs):
        form = super().get_form(*args, **kwargs)
        note_version(form, self.object)
        return form

    def form_valid(self, form):
        with transaction.atomic():
            rows = type(self.object)._base_manager.select_for_update()
            if not is_overtaken(form, rows.get(pk=self.object.pk)):
                return super().form_valid(form)
        return self.form_invalid(form)


def _notice(stored, form) -> str:
    """Say who changed a row, when, and what it says now where it differs."""
    shown = stored_values(stored)
    differing = [
        f"{form.fields[name].label}：{_in_words(stored, name)}"
        for name in form.changed_data
        if name in shown
    ]
    about = AuditEvent.objects.filter(
        object_type=stored._meta.label_lower, object_id=str(stored.pk)
    )
    last = about.select_related("actor").first()
    words = _(
        "%(who)s changed this at %(when)s, while you were typing. Nothing of yours is "
        "saved yet. It says now – %(values)s. Save again to keep what you typed."
    )
    return words % {
        "who": (last and last.actor) or _("Somebody"),
        "when": f"{timezone.localtime(last.at if last else None):%H:%M}",
        "values": "；".join(differing) or "—",
    }


def _in_words(row, name) -> str:
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display else getattr(row, name)
    if hasattr(value, "all"):
        value = "、".join(map(str, value.all()))
    if isinstance(value, bool):
        value = _("yes") if value else _("no")
    return "—" if value is None or value == "" else str(value)
