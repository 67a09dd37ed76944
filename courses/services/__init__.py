from .classes import enrol, move_class, withdraw
from .completion import record_hours_met, record_pass
from .hours import enter_hours
from .records import Draft, append_records

__all__ = [
    "Draft",
    "append_records",
    "enrol",
    "enter_hours",
    "move_class",
    "record_hours_met",
    "record_pass",
    "withdraw",
]
