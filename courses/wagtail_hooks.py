from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from courses.models import (
    Enrolment,
    HourRule,
    Programme,
    StudyEntry,
    StudyRule,
    TrainingClass,
    TrainingRecord,
)
from lms.backoffice import KeepPolicy, ReadOnlyPolicy

from .viewsets import TrainingGroup

for evidence in (Enrolment, TrainingRecord, StudyEntry):
    register_permission_policy(evidence, ReadOnlyPolicy(evidence))
for kept in (Programme, TrainingClass, HourRule, StudyRule):
    register_permission_policy(kept, KeepPolicy(kept))

register_snippet(TrainingGroup)
