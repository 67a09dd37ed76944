"""The negative control: a server that acknowledges before it commits.

The same application, but a save answers at once and writes half a second later.
"""

import threading
import time

from lms.wsgi import application

# isort: split
# Django is set up now, and models can be imported.
from exams.delivery import save_endpoint
from exams.models import EffectiveState
from exams.services.answer_journal import Saved, save_answers
from lms.evidence import clock

__all__ = ["application"]


def acknowledge_first(card, *, epoch, items):
    def write():
        time.sleep(0.5)
        save_answers(card, epoch=epoch, items=items)

    threading.Thread(target=write, daemon=True).start()
    now = clock.now()
    seqs = [item.seq for item in items]
    return Saved(seqs, [], seqs[-1], EffectiveState.OPEN, now, now, now, "")


save_endpoint.save_answers = acknowledge_first
