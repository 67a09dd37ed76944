from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LmsConfig(AppConfig):
    name = "lms"
    default = True

    def ready(self):
        from .evidence import install_triggers

        post_migrate.connect(install_triggers, dispatch_uid="lms.evidence")
