"""Whether any page is closed to some visitors: on this site hardly ever one is."""

from wagtail.models import PageViewRestriction
from wagtail.query import PageQuerySet

from lms.evidence.data_versions import KeptByVersion

SUBJECT = "restrictions"

_kept = KeptByVersion(SUBJECT, most=1)


def any_page_is_restricted() -> bool:
    """Return whether a page has a view restriction, which its descendants share."""
    return _kept.get("any", PageViewRestriction.objects.exists)


class PublicQuerySet(PageQuerySet):
    def public(self):
        """Leave out pages of private sections, where there is one at all."""
        return super().public() if any_page_is_restricted() else self.all()
