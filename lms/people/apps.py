from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "lms.people"

    def ready(self):
        from .groups import grant_permissions

        post_migrate.connect(grant_permissions, dispatch_uid="lms.people.groups")
