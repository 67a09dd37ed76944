from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "lms.people"

    def ready(self):
        from lms.access.groups import grant_permissions
        from lms.evidence.audit import register_acts
        from lms.people import receivers  # noqa: F401 - connects them
        from lms.people.services.acts import ACTS

        register_acts(ACTS)
        post_migrate.connect(grant_permissions, dispatch_uid="lms.access.groups")
