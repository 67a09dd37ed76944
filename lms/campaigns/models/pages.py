"""What the public reads: pages, composed by editors, read before they appear."""

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.db import models
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager, PageViewRestriction, Site

from courses.models import CourseIndexPage
from lms.campaigns.models.blocks import (
    MAX_BLOCKS,
    MAX_ROWS,
    PAGE_BLOCKS,
    FiveEntersRow,
    TimetableRow,
)
from lms.campaigns.models.kept import kept_for
from lms.campaigns.models.restrictions import PublicQuerySet, any_page_is_restricted
from lms.campaigns.models.second_reader import SecondReaderTester
from lms.campaigns.models.site import SiteFacts
from lms.evidence import clock
from lms.evidence.dates import days_in_range
from lms.web import page_cache

PER_PAGE = 12


class Art(models.TextChoices):
    """Illustrations drawn for this site, in templates/campaigns/art."""

    HELMET = "helmet", _("helmet")
    SPACE = "space", _("confined space")
    DUST = "dust", _("dust")
    AMMONIA = "ammonia", _("ammonia")
    ELECTRIC = "electric", _("electricity")
    BOAT = "boat", _("fishing boat")
    FIRE = "fire", _("fire escape")
    CUP = "cup", _("contest")
    PAPER = "paper", _("document")
    SCAN = "scan", _("certificate check")


class PublicPage(Page):
    """A page anybody reads, kept ready for visitors without a session."""

    class Meta:
        abstract = True

    def serve(self, request, *args, **kwargs):
        return page_cache.allow(super().serve(request, *args, **kwargs))

    # Of a page that is kept for all visitors: read with it, gone with it.
    kept_restrictions = None

    def get_view_restrictions(self):
        """Ask the page tree only where some page is restricted."""
        if self.kept_restrictions is not None:
            return self.kept_restrictions
        if any_page_is_restricted():
            return super().get_view_restrictions()
        return PageViewRestriction.objects.none()

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        site = Site.find_for_request(request)
        facts = kept_for(
            request, ("facts", site.pk), lambda: SiteFacts.for_request(request)
        )
        return {**context, "facts": facts, "hotline": facts.hotline}


class HomePage(PublicPage):
    """Home page: three tasks, the campaign of the season, the newest articles."""

    lead = models.CharField(_("what the site is for"), max_length=200, blank=True)

    max_count = 1
    template = "campaigns/home_page.html"
    content_panels = [*Page.content_panels, FieldPanel("lead")]

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        listed = kept_for(request, ("home", self.pk), self._listed)
        return {**context, **listed, "campaign": of_the_season(listed["campaigns"])}

    def _listed(self):
        articles = ArticlePage.objects.live().public().teasers().newest_first()
        campaigns = CampaignPage.objects.live().public().teasers()
        return {
            "campaigns": list(campaigns),
            "articles": list(articles[:3]),
            "columns": list(ColumnPage.objects.child_of(self).live().in_menu()),
            "open_courses": CourseIndexPage.objects.child_of(self).live().first(),
        }


class ColumnPage(PublicPage):
    """A column 专题栏目: its articles, newest first."""

    intro = models.CharField(_("introduction"), max_length=200, blank=True)

    parent_page_types = ["campaigns.HomePage"]
    subpage_types = ["campaigns.ArticlePage", "campaigns.CampaignPage"]
    template = "campaigns/column_page.html"
    content_panels = [*Page.content_panels, FieldPanel("intro")]

    class Meta:
        verbose_name = _("column")
        verbose_name_plural = _("columns")

    def get_context(self, request, *args, **kwargs):
        articles = ArticlePage.objects.child_of(self).live().public()
        articles = articles.teasers().newest_first()
        page = Paginator(articles, PER_PAGE).get_page(request.GET.get("page"))
        return {
            **super().get_context(request, *args, **kwargs),
            "articles": page,
            "campaigns": CampaignPage.objects.child_of(self).live().public().teasers(),
        }

    def search_text(self):
        """Text that search covers."""
        return self.intro


class ArticleKind(models.TextChoices):
    NEWS = "news", _("news")
    WARNING = "warning", _("warning case")
    EXEMPLAR = "exemplar", _("exemplar")
    EXPOSURE = "exposure", _("exposure")
    REGULATION = "regulation", _("regulations")
    DOWNLOAD = "download", _("downloads")


NEEDS_SECOND_READER = frozenset({ArticleKind.WARNING, ArticleKind.EXPOSURE})


class ArticleQuerySet(PublicQuerySet):
    def teasers(self):
        """Leave the text unread."""
        return self.defer("body")

    def newest_first(self):
        return self.order_by("-published_on", "-pk")


class ArticlePage(PublicPage):
    """One article of a column; publishing takes a second reader (R1.5)."""

    kind = models.CharField(
        _("kind"), max_length=10, choices=ArticleKind, default=ArticleKind.NEWS
    )
    intro = models.TextField(_("introduction"), max_length=300)
    published_on = models.DateField(_("date"), default=clock.today)
    source = models.CharField(_("where it comes from"), max_length=80, blank=True)
    art = models.CharField(
        _("illustration"), max_length=10, choices=Art, default=Art.HELMET
    )
    body = StreamField(PAGE_BLOCKS, max_num=MAX_BLOCKS, verbose_name=_("page text"))

    objects = PageManager.from_queryset(ArticleQuerySet)()

    parent_page_types = ["campaigns.ColumnPage"]
    subpage_types = []
    template = "campaigns/article_page.html"
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("kind"),
                FieldPanel("published_on"),
                FieldPanel("source"),
                FieldPanel("art"),
            ],
            heading=_("about the article"),
        ),
        FieldPanel("intro"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = _("published article")
        verbose_name_plural = _("published articles")
        constraints = [
            models.CheckConstraint(
                condition=days_in_range("published_on"),
                name="campaigns_articlepage_date_in_range",
                violation_error_message=_("Dates lie between 2000 and 2100."),
            ),
        ]

    def get_context(self, request, *args, **kwargs):
        return {
            **super().get_context(request, *args, **kwargs),
            "column": self.get_parent(),
            "others": kept_for(request, ("others", self.path), self._others),
        }

    def _others(self):
        others = ArticlePage.objects.sibling_of(self, inclusive=False).live().public()
        return list(others.teasers().newest_first()[:3])

    def search_text(self):
        """Text that search covers."""
        return " ".join([self.intro, self.source, plain_text(self.body)])

    @property
    def needs_second_reader(self):
        """Whether nobody may publish it alone, by its kind now or when published."""
        if self.kind in NEEDS_SECOND_READER:
            return True
        published = ArticlePage.objects.filter(pk=self.pk, live=True)
        return published.filter(kind__in=NEEDS_SECOND_READER).exists()

    def permissions_for_user(self, user):
        return SecondReaderTester(user, self)


class CampaignKind(models.TextChoices):
    SAFETY_MONTH = "SAFETY_MONTH", _("Safety Month")
    FIRE_DAY = "FIRE_DAY", _("11·9 Fire Day")
    ANKANG_CUP = "ANKANG_CUP", _("Ankang Cup contest")


class CampaignQuerySet(PublicQuerySet):
    def teasers(self):
        """Leave the text unread."""
        return self.defer("body", "timetable", "five_enters")


class CampaignPage(PublicPage):
    """A campaign (R1.5): when, what, for whom, and in which places."""

    kind = models.CharField(_("kind"), max_length=12, choices=CampaignKind)
    intro = models.TextField(_("introduction"), max_length=300)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    timetable = StreamField(
        [("row", TimetableRow())],
        blank=True,
        max_num=MAX_ROWS,
        verbose_name=_("timetable"),
    )
    five_enters = StreamField(
        [("row", FiveEntersRow())],
        blank=True,
        max_num=MAX_ROWS,
        verbose_name=_("the five enters"),
    )
    body = StreamField(
        PAGE_BLOCKS, blank=True, max_num=MAX_BLOCKS, verbose_name=_("page text")
    )

    objects = PageManager.from_queryset(CampaignQuerySet)()

    parent_page_types = ["campaigns.ColumnPage"]
    subpage_types = []
    template = "campaigns/campaign_page.html"
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [FieldPanel("kind"), FieldPanel("starts_on"), FieldPanel("ends_on")],
            heading=_("about the campaign"),
        ),
        FieldPanel("intro"),
        FieldPanel("timetable"),
        FieldPanel("five_enters"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.CheckConstraint(
                condition=days_in_range("starts_on", "ends_on"),
                name="campaigns_campaignpage_dates_in_range",
                violation_error_message=_("Dates lie between 2000 and 2100."),
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="campaigns_campaignpage_ends_after_start",
                violation_error_message=_("A campaign cannot end before it starts."),
            ),
        ]

    ART_OF = {
        CampaignKind.SAFETY_MONTH: Art.HELMET,
        CampaignKind.FIRE_DAY: Art.FIRE,
        CampaignKind.ANKANG_CUP: Art.CUP,
    }

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed."""
        return self.ends_on < clock.today()

    @property
    def art(self):
        return self.ART_OF[self.kind]

    def get_context(self, request, *args, **kwargs):
        return {
            **super().get_context(request, *args, **kwargs),
            "column": self.get_parent(),
        }

    def search_text(self):
        """Text that search covers."""
        parts = [self.intro]
        parts += [plain_text(self.timetable), plain_text(self.five_enters)]
        return " ".join([*parts, plain_text(self.body)])


def of_the_season(campaigns: Iterable[CampaignPage]) -> CampaignPage | None:
    """Choose the campaign that runs, else the next one, else the last one."""
    today = clock.today()
    pages = sorted(campaigns, key=lambda page: page.starts_on)
    running = [page for page in pages if page.starts_on <= today <= page.ends_on]
    coming = [page for page in pages if page.starts_on > today]
    return next(iter(running or coming or pages[-1:]), None)


def plain_text(stream) -> str:
    """Return the words of a StreamField, without its marks."""
    words = stream.stream_block.get_searchable_content(stream)
    return " ".join(strip_tags(" ".join(words)).split())
