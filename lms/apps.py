from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LmsConfig(AppConfig):
    name = "lms"
    default = True

    def ready(self):
        from lms.backoffice.exports import mend_exports
        from lms.evidence import dates
        from lms.evidence.triggers import install_triggers

        dates.use_in_back_office()
        mend_exports()

        post_migrate.connect(install_triggers, dispatch_uid="lms.evidence")
