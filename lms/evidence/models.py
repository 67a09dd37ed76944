from django.db import models


class EvidenceGate(models.Model):
    """While a row stands here, its transaction may change evidence.

    Only ``lms.evidence.triggers.open_gate`` writes it, and takes it away again before
    the transaction commits, so that no other transaction ever sees it.
    """

    reason = models.TextField()

    def __str__(self):
        return self.reason
