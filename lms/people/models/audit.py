from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms import clock

# What is written down, by its code, in words.
AUDITED = {
    "account.activate": _("account activated"),
    "account.issue_activation_code": _("sign-in slip printed"),
    "account.reset_second_factor": _("second factor taken away"),
    "certificate.cancel": _("certificate cancelled"),
    "certificate.forgery": _("forged proof shown"),
    "certificate.reinstate": _("certificate reinstated"),
    "certificate.reissue": _("certificate issued again"),
    "certificate.revoke": _("certificate revoked"),
    "certificate.suspend": _("certificate suspended"),
    "courses.enter_hours": _("class hours entered"),
    "courses.enrol": _("people enrolled in a class"),
    "courses.move_class": _("class moved to another state"),
    "courses.withdraw": _("person taken out of a class"),
    "evidence.open_gate": _("evidence opened to correction"),
    "exams.attempt_set_aside": _("attempt set aside"),
    "exams.close_attempt": _("attempt closed"),
    "exams.extra_time": _("extra time agreed"),
    "exams.retire_question": _("question retired"),
    "exams.take_seat": _("seat taken"),
    "exams.vacate_seat": _("seat vacated"),
    "import.beyond_scope": _("import beyond what one sees"),
    "person.change": _("person changed"),
    "person.create": _("person put on record"),
    "person.reveal_number": _("document number shown"),
}


class AuditEvent(models.Model):
    """Who did what to whom, and why. Append-only; see ``lms.evidence``."""

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

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")

    def __str__(self):
        return f"{timezone.localtime(self.at):%F %T} · {self.action}"

    def get_action_display(self):
        """Return in words what was done; a code nobody named stays a code."""
        return AUDITED.get(self.action, self.action)

    def get_object_id_display(self):
        """Return what it was done to: the kind in words, and its number."""
        if not self.object_type:
            return ""
        try:
            kind = apps.get_model(self.object_type)._meta.verbose_name
        except (LookupError, ValueError):
            kind = self.object_type
        return f"{kind} {self.object_id}"
