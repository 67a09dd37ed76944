"""What follows from changes elsewhere, whether site, back office or shell makes them.

Exam seats end on logout, deactivation and a new password (S1.4); a blueprint that is
changed has another edition.
"""

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.db.models import F
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from exams.models import Blueprint, BlueprintSection
from exams.services.attempts import vacate_seats


@receiver(user_logged_out, dispatch_uid="exams.vacate_on_logout")
def vacate_on_logout(sender, *, user, **kwargs):
    """Void the seat tokens of a user who signed out."""
    if user is not None and user.person_id:
        vacate_seats(user.person_id, reason="signed out")


@receiver(
    post_save, sender=get_user_model(), dispatch_uid="exams.vacate_on_deactivation"
)
def vacate_on_deactivation(sender, *, instance, created, **kwargs):
    """Void the seat tokens of an account that is closed or has a new password.

    A new password ends every session, but the save path reads no sessions.
    """
    if created or not instance.person_id:
        return
    if not instance.is_active:
        vacate_seats(instance.person_id, reason="deactivated")
    elif instance._password is not None:  # set by set_password until it is saved
        vacate_seats(instance.person_id, reason="new password")


@receiver(post_save, sender=Blueprint, dispatch_uid="exams.edition_of_blueprint")
def count_changed_blueprint(sender, *, instance, created, **kwargs):
    """Papers made ahead by the former rules are not asked any more."""
    if not created:
        _count_edition(instance)


@receiver(post_save, sender=BlueprintSection, dispatch_uid="exams.edition_of_section")
@receiver(post_delete, sender=BlueprintSection, dispatch_uid="exams.edition_of_rest")
def count_changed_section(sender, *, instance, **kwargs):
    """The same where a section is added, changed or taken away."""
    _count_edition(instance.blueprint)


def _count_edition(blueprint):
    row = Blueprint.objects.filter(pk=blueprint.pk)
    row.update(edition=F("edition") + 1)
    blueprint.edition = row.values_list("edition", flat=True).first() or 0
