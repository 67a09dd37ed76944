import datetime as dt
import io

import factory
from django.core.files.base import ContentFile
from PIL import Image as Picture
from wagtail.models import Page, Site

from lms.campaigns.models import ArticlePage, CampaignPage, ColumnPage, HomePage


def make_home():
    root = Page.get_first_root_node()
    home = root.add_child(instance=HomePage(title="首页", slug="home-page"))
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "root_page": home}
    )
    return home


def picture_file():
    """A picture of four dots, which serves as a document too."""
    stream = io.BytesIO()
    Picture.new("RGB", (2, 2)).save(stream, "PNG")
    return ContentFile(stream.getvalue(), "picture.png")


def publish(parent, page):
    """Add a page below another and publish it, as the back office does."""
    Page.objects.get(pk=parent.pk).add_child(instance=page)
    page.save_revision().publish()
    page.refresh_from_db()
    return page


class ColumnFactory(factory.Factory):
    title = factory.Sequence(lambda n: f"栏目{n}")
    slug = factory.Sequence(lambda n: f"column-{n}")

    class Meta:
        model = ColumnPage


class ArticleFactory(factory.Factory):
    title = factory.Sequence(lambda n: f"文章{n}")
    slug = factory.Sequence(lambda n: f"article-{n}")
    intro = "导语"
    body = factory.LazyFunction(lambda: [("paragraph", "<p>正文</p>")])

    class Meta:
        model = ArticlePage


class CampaignFactory(factory.Factory):
    title = "安全生产月"
    slug = factory.Sequence(lambda n: f"campaign-{n}")
    kind = "SAFETY_MONTH"
    intro = "导语"
    starts_on = dt.date(2026, 6, 1)
    ends_on = dt.date(2026, 6, 30)

    class Meta:
        model = CampaignPage
