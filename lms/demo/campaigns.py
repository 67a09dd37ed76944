"""The demo site: the page tree a city would start from."""

import datetime as dt
from pathlib import Path

import yaml
from django.conf import settings
from wagtail.models import Page, Site

from lms.campaigns.models import ArticlePage, CampaignPage, ColumnPage, SiteFacts
from lms.campaigns.services.site import make_site
from lms.evidence import clock

SOURCE = Path(settings.BASE_DIR) / "lms" / "demo" / "pages.yaml"
AUTHOR = "吴川市安全生产培训基地（演示）"
THEME = {"theme_year": 2026, "theme": "人人讲安全、个个会应急"}
TONES = {"note": "info", "warn": "warn", "danger": "bad"}


def seed_campaigns(rng) -> dict:
    """Make the site, its columns, campaigns and articles."""
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    home = make_site()
    site = Site.objects.get(is_default_site=True)
    SiteFacts.objects.get_or_create(site=site, defaults=THEME)
    columns = {entry["slug"]: _column(home, entry) for entry in source["columns"]}
    made = [_campaign(columns, entry) for entry in source["campaigns"]]
    made += [_article(columns, entry) for entry in source["articles"]]
    return {"columns": len(columns), "pages": sum(made)}


def _column(home, entry) -> ColumnPage:
    column = ColumnPage.objects.child_of(home).filter(slug=entry["slug"]).first()
    if column is None:
        column = ColumnPage(show_in_menus=True, **entry)
        Page.objects.get(pk=home.pk).add_child(instance=column)
        column.save_revision().publish()
    return column


def _campaign(columns, entry) -> bool:
    year = clock.today().year
    first_month, first_day, last_month, last_day = entry["month"]
    page = CampaignPage(
        slug=entry["slug"],
        title=entry["title"],
        kind=entry["kind"],
        intro=entry["intro"],
        starts_on=dt.date(year, first_month, first_day),
        ends_on=dt.date(year, last_month, last_day),
        timetable=[
            ("row", dict(zip(("when", "what", "where", "who"), row, strict=True)))
            for row in entry["timetable"]
        ],
        five_enters=[
            ("row", {"target": target, "text": text})
            for target, text in entry["five_enters"].items()
        ],
        body=_blocks(entry["body"]),
    )
    return _publish(columns[entry["column"]], page)


def _article(columns, entry) -> bool:
    page = ArticlePage(
        slug=entry["slug"],
        title=entry["title"],
        kind=entry["kind"],
        intro=entry["intro"],
        art=entry["art"],
        published_on=entry["date"],
        source=AUTHOR,
        body=_blocks(entry["body"]),
    )
    return _publish(columns[entry["column"]], page)


def _publish(column, page) -> bool:
    """Add and publish a page that is not there yet; say whether it was made."""
    if Page.objects.child_of(column).filter(slug=page.slug).exists():
        return False
    Page.objects.get(pk=column.pk).add_child(instance=page)
    page.save_revision().publish()
    return True


def _blocks(entries) -> list[tuple[str, object]]:
    """Turn the short spelling of pages.yaml into stream blocks."""
    blocks = []
    for entry in entries:
        ((name, value),) = entry.items()
        if name == "h":
            blocks.append(("heading", value))
        elif name == "p":
            blocks.append(("paragraph", f"<p>{value}</p>"))
        elif name == "points":
            blocks.append(("points", value))
        else:
            blocks.append(("callout", {"tone": TONES[name], "text": value}))
    return blocks
