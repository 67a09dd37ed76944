from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "lms.plan"

    def ready(self):
        from lms.people.services.audit import register_acts

        from .audit import ACTS

        register_acts(ACTS)
