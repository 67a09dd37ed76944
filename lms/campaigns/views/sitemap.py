from django.contrib.sitemaps import Sitemap
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef
from wagtail.models import Page, Site

from courses.models import CoursePage


class PublicSitemap(Sitemap):
    """What anybody may open, at the address the map itself was asked for.

    Courses that are not open, and their lessons, live below /learn/ only.
    """

    def items(self):
        page = ExpressionWrapper(OuterRef("path"), output_field=CharField())
        closed = CoursePage.objects.filter(open_to_all=False).alias(page=page)
        root = Site.objects.select_related("root_page").get(is_default_site=True)
        pages = Page.objects.descendant_of(root.root_page, inclusive=True)
        return (
            pages.live()
            .public()
            .filter(~Exists(closed.filter(page__startswith=F("path"))))
            .order_by("path")
        )

    def location(self, page):
        return page.get_url()

    def lastmod(self, page):
        return page.last_published_at
