from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "lms.plan"

    def ready(self):
        from lms.access.groups import ALL, BASE, OFFICER, VIEW, grants
        from lms.evidence.audit import register_acts
        from lms.plan.services.acts import ACTS

        register_acts(ACTS)
        grants("plan", {BASE: VIEW, OFFICER: ALL})
