"""The only way courses tell others something happened."""

from django.dispatch import Signal

# Sent after commit with ``enrolment``: its hours are met and the record is written.
training_completed = Signal()
