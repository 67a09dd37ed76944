"""The only way exams tell others something happened."""

from django.dispatch import Signal

# Sent after commit with ``result``. It only wakes; what has to be done is what
# ``Result.objects`` can name, so a lost signal loses nothing.
result_released = Signal()
