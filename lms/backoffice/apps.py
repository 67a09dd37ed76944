from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BackofficeConfig(AppConfig):
    name = "lms.backoffice"

    def ready(self):
        from lms.access import groups
        from lms.backoffice.exports import mend_exports
        from lms.evidence import dates

        dates.use_in_back_office()
        mend_exports()
        everybody = (groups.BASE, groups.OFFICER, groups.EDITOR, groups.REVIEWER)
        groups.grants("wagtailadmin", {name: ["access_admin"] for name in everybody})
        post_migrate.connect(groups.grant_permissions, dispatch_uid="lms.access.groups")
