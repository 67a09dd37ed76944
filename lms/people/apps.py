from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "lms.people"

    def ready(self):
        from . import receivers  # noqa: F401 - connects them
        from .audit import ACTS
        from .groups import grant_permissions
        from .services.audit import register_acts

        register_acts(ACTS)
        post_migrate.connect(grant_permissions, dispatch_uid="lms.people.groups")
