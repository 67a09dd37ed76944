from lms.campaigns.models.pages import (
    NEEDS_SECOND_READER,
    PER_PAGE,
    Art,
    ArticleKind,
    ArticlePage,
    CampaignKind,
    CampaignPage,
    ColumnPage,
    HomePage,
    PublicPage,
    plain_text,
)
from lms.campaigns.models.search import SearchEntry
from lms.campaigns.models.site import SiteFacts

__all__ = [
    "NEEDS_SECOND_READER",
    "PER_PAGE",
    "Art",
    "ArticleKind",
    "ArticlePage",
    "CampaignKind",
    "CampaignPage",
    "ColumnPage",
    "HomePage",
    "PublicPage",
    "SearchEntry",
    "SiteFacts",
    "plain_text",
]
