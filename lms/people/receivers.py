"""Record in the audit trail the changes that allauth makes to accounts."""

from allauth.account.signals import password_changed
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.dispatch import receiver

from lms.evidence.audit import record


@receiver(password_changed, dispatch_uid="lms.people.password_changed")
def record_password_change(sender, *, request, user, **kwargs):
    record("account.change_password", actor=user, subject=user)


@receiver(authenticator_added, dispatch_uid="lms.people.authenticator_added")
def record_second_factor(sender, *, request, user, authenticator, **kwargs):
    data = {"type": authenticator.type}
    record("account.set_up_second_factor", actor=user, subject=user, data=data)


@receiver(authenticator_removed, dispatch_uid="lms.people.authenticator_removed")
def record_second_factor_gone(sender, *, request, user, authenticator, **kwargs):
    data = {"type": authenticator.type}
    record("account.remove_second_factor", actor=user, subject=user, data=data)
