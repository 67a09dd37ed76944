"""The demo site: the page tree a city would start from."""

import datetime as dt
from pathlib import Path

import yaml
from django.conf import settings
from django.contrib.auth.models import Group
from wagtail.models import (
    GroupApprovalTask,
    Page,
    Site,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from lms import clock

from .models import ArticlePage, CampaignPage, ColumnPage, HomePage, SiteFacts

SOURCE = Path(settings.BASE_DIR) / "lms" / "demo" / "pages.yaml"
AUTHOR = "吴川市安全生产培训基地（演示）"
READERS = "审稿"
TONES = {"note": "info", "warn": "warn", "danger": "bad"}


def seed_campaigns(rng) -> dict:
    """Make the site, its columns, campaigns, articles and the second reader."""
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    home = HomePage.objects.first() or _home(source["home"])
    columns = {entry["slug"]: _column(home, entry) for entry in source["columns"]}
    made = [_campaign(columns, entry) for entry in source["campaigns"]]
    made += [_article(columns, entry) for entry in source["articles"]]
    _second_reader(home)
    return {"columns": len(columns), "pages": sum(made)}


def _home(entry) -> HomePage:
    """Put our home page where Wagtail's welcome page was; keep what hung there."""
    root = Page.get_first_root_node()
    site = Site.objects.filter(is_default_site=True).first()
    welcome = site.root_page if site else None
    home = root.add_child(instance=HomePage(slug="wuchuan", **entry))
    if site is None:
        site = Site(hostname="localhost", is_default_site=True)
    site.root_page, site.site_name = home, "吴川安全培训"
    site.save()
    if welcome and welcome.pk != root.pk:
        for child in welcome.get_children():
            child.move(Page.objects.get(pk=home.pk), pos="last-child")
        Page.objects.get(pk=welcome.pk).delete()
    facts = SiteFacts.for_site(site)
    facts.theme_year, facts.theme = 2026, "人人讲安全、个个会应急"
    facts.save()
    home.refresh_from_db()
    home.save_revision().publish()
    return home


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


def _second_reader(home) -> None:
    """Nothing an editor writes appears before a second person has read it."""
    workflow, made = Workflow.objects.get_or_create(name="发布前审稿")
    if made:
        task = GroupApprovalTask.objects.create(name="第二人审稿")
        task.groups.add(Group.objects.get_or_create(name=READERS)[0])
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.update_or_create(
        page=Page.objects.get(pk=home.pk), defaults={"workflow": workflow}
    )
