"""The acts on the facts of the site that are recorded."""

from lms.campaigns.models import SiteFacts
from lms.evidence.audit import row_acts

ACTS = row_acts(SiteFacts)
