from .classes import enrol, move_class, withdraw
from .completion import record_hours_met, record_pass
from .records import Draft, append_records

__all__ = [
    "Draft",
    "append_records",
    "enrol",
    "move_class",
    "record_hours_met",
    "record_pass",
    "withdraw",
]
