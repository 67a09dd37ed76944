from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "lms.plan"

    def ready(self):
        from certificates.models import (
            Certificate,
            CertificateKind,
            EarlierSuspension,
            RuleSet,
        )
        from courses.models import TrainingCredit, TrainingRecord
        from lms.access.groups import ALL, BASE, OFFICER, VIEW, grants
        from lms.evidence.audit import register_acts
        from lms.evidence.data_versions import register_source
        from lms.people.models import (
            Headcount,
            Industry,
            OperationItem,
            Organisation,
            Person,
            Post,
            Town,
            Zone,
        )
        from lms.plan.models import Plan, Target
        from lms.plan.reports.kept import SUBJECT
        from lms.plan.services.acts import ACTS

        register_acts(ACTS)
        places = (Town, Zone, Industry, Organisation.industries.through)
        people = (Organisation, Headcount, Person, Post, OperationItem)
        proofs = (Certificate, CertificateKind, EarlierSuspension, RuleSet)
        records = (TrainingRecord, TrainingCredit)
        register_source(SUBJECT, *places, *people, *proofs, *records, Plan, Target)
        grants("plan", {BASE: VIEW, OFFICER: ALL})
