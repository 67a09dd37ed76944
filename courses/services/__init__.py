from courses.services.classes import enrol, move_class, withdraw
from courses.services.completion import record_hours_met, record_pass
from courses.services.hours import enter_hours
from courses.services.records import RecordDraft, append_records

__all__ = [
    "RecordDraft",
    "append_records",
    "enrol",
    "enter_hours",
    "move_class",
    "record_hours_met",
    "record_pass",
    "withdraw",
]
