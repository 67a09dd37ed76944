from django.contrib.syndication.views import Feed
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from lms.campaigns.models import ArticlePage


class ArticleFeed(Feed):
    """The newest articles, for feed readers and other sites."""

    title = _("Wuchuan Safety Training")
    description = _("News, warning cases and exemplars of work safety in Wuchuan.")
    link = "/"

    def items(self):
        return ArticlePage.objects.live().public().newest_first()[:20]

    def item_description(self, item):
        return item.intro

    def item_link(self, item):
        return item.get_url(current_site=Site.objects.get(is_default_site=True))

    def item_pubdate(self, item):
        return item.first_published_at
