from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.access.scopes import CityQuerySet
from lms.evidence import clock


class Evidence(models.Model):
    """Base of append-only tables: the database refuses UPDATE, DELETE and REPLACE.

    ``lms.evidence.triggers`` lays its triggers on the table of every subclass.
    """

    class Meta:
        abstract = True


class EvidenceGate(models.Model):
    """Permission to change evidence, while a row is in the open transaction.

    Only ``lms.evidence.triggers.open_gate`` writes it, and deletes it before the
    transaction commits, so that no other transaction sees it.
    """

    reason = models.TextField()

    def __str__(self):
        return self.reason


class DataVersion(models.Model):
    """Steps of a data version, written by triggers: ``lms.evidence.data_versions``."""

    subject = models.CharField(max_length=20, db_index=True)
    changes = models.BigIntegerField()

    def __str__(self):
        return self.subject


# What is recorded, by its code, in words. Each app registers its own acts.
ACTS: dict[str, str] = {}


class AuditEvent(Evidence):
    """Audit entry: who did what to which row, and why. Append-only.

    ``data["changes"]`` holds the old and the new value of each changed field.
    """

    # Wagtail's index of what refers to what would cost more than the entry itself.
    wagtail_reference_index_ignore = True

    at = models.DateTimeField(_("at"), default=clock.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("by"),
    )
    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("kind of object"), max_length=60, blank=True)
    object_id = models.CharField(_("object"), max_length=60, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)

    objects = CityQuerySet.as_manager()

    class Meta:
        app_label = "people"  # of its table and its migrations
        ordering = ["-at", "-pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(
                fields=["object_type", "object_id"], name="people_auditevent_of_object"
            )
        ]

    def __str__(self):
        return f"{timezone.localtime(self.at):%F %T} · {self.action}"

    def get_action_display(self):
        """Return in words what was done; an act no longer registered stays a code."""
        return ACTS.get(self.action, self.action)

    def get_object_id_display(self):
        """Return what it was done to: the kind in words, and its number."""
        model = self._model()
        if not self.object_type:
            return ""
        kind = model._meta.verbose_name if model else self.object_type
        return f"{kind} {self.object_id}"

    def get_data_display(self):
        """Return the details in words: each changed field with old and new value."""
        model = self._model()
        details = dict(self.data)
        changes = details.pop("changes", {})
        lines = [
            f"{_label(model, name)}：{_shown(model, name, old)} → "
            f"{_shown(model, name, new)}"
            for name, (old, new) in changes.items()
        ]
        lines += [f"{name}：{value}" for name, value in details.items()]
        return "；".join(lines)

    def _model(self):
        try:
            return apps.get_model(self.object_type)
        except (LookupError, ValueError):
            return None


def _field(model, name):
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def _label(model, name):
    field = _field(model, name)
    return force_str(getattr(field, "verbose_name", None) or name)


def _shown(model, name, value):
    """Return a recorded value as a reader knows it: a label, the name of a row."""
    field = _field(model, name)
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return "、".join(_shown(model, name, one) for one in value) or "—"
    if field is not None and field.related_model and isinstance(value, int):
        row = field.related_model._base_manager.filter(pk=value).first()
        return force_str(row) if row else f"#{value}"
    return force_str(dict(getattr(field, "flatchoices", ())).get(value, value))
