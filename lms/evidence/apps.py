from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EvidenceConfig(AppConfig):
    name = "lms.evidence"
    label = "lms"  # of its table and its migrations

    def ready(self):
        from lms.evidence.data_versions import install_version_triggers
        from lms.evidence.triggers import install_triggers

        post_migrate.connect(install_triggers, dispatch_uid="lms.evidence")
        post_migrate.connect(install_version_triggers, dispatch_uid="lms.versions")
