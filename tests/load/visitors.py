"""Profile ``public``: visitors read pages while an editor publishes and withdraws one.

Each act of the editor empties the page cache. After each, a visitor's next look must
show it: an answer from before is counted as lost.
"""

import asyncio
import itertools
import random
import time
from urllib.parse import urlsplit

from wagtail.models import Page

from lms.campaigns.models import ArticlePage
from lms.demo.campaigns import seed_campaigns
from tests.load import city
from tests.load.browser import CSRF
from tests.load.journal import Fault
from tests.load.pace import Step, at, spread, until
from tests.load.run import Outcome, Scene

LEAD_S = 2
FRONT_SHARE = 0.5
STEPS = ("front page", "pages below", "publish", "look after")


def prepare(scene: Scene):
    """Make the site of the demo, and the editor."""
    seed_campaigns(random.Random(0))
    pages = [
        urlsplit(page.url).path for page in Page.objects.live().public() if page.url
    ]
    article = ArticlePage.objects.live().order_by("pk").last()
    path = urlsplit(article.url).path
    # The article that comes and goes is looked at by its editor alone.
    below = [page for page in pages if page not in ("/", path)]
    city.settle()
    return below, article.pk, path, city.make_staff()


async def play(scene: Scene, prepared) -> Outcome:
    """Let visitors and editor work beside each other."""
    below, article, path, editor = prepared
    options = scene.options
    count = int(options.rate * options.seconds)
    entry = scene.installation.entry_point(addresses=options.addresses or count)
    steps = {name: Step(name) for name in STEPS}
    rng = random.Random(0)
    begin = time.monotonic() + LEAD_S
    visits = []
    for number, moment in enumerate(spread(begin, options.seconds, count)):
        front = rng.random() < FRONT_SHARE
        step = steps["front page" if front else "pages below"]
        page = "/" if front else rng.choice(below)
        visits.append(
            asyncio.create_task(at(moment, _visit(entry.browser(number), step, page)))
        )
    desk = _Desk(entry, editor, article, path, steps)
    stale = await desk.work(begin, begin + options.seconds, options.publish_every)
    await asyncio.gather(*visits)
    await scene.phase("visits")
    return Outcome(
        steps=list(steps.values()),
        acknowledged=desk.acts,
        lost=stale,
        notes=[f"{len(below) + 1} pages, one in two visits to the front page"],
    )


def _visit(browser, step, page):
    async def visit(planned):
        step.leave(planned)
        answer = await browser.get(page)
        step.answered(planned, answer.status)

    return visit


class _Desk:
    """An editor who withdraws an article and publishes it again, by turns."""

    def __init__(self, entry, editor, article, path, steps):
        self.editor = entry.browser(0, editor.session)
        self.visitor = entry.browser(1)
        self.article, self.path, self.steps = article, path, steps
        self.acts = 0

    async def work(self, begin, end, every) -> list[Fault]:
        """Act so often until the end; return what visitors did not see."""
        faults = []
        for turn in itertools.count():
            moment = begin + (turn + 0.5) * every
            if moment >= end:
                return faults
            await until(moment)
            if await self._act(moment, publish=bool(turn % 2)):
                self.acts += 1
                if not await self._is_seen(publish=bool(turn % 2)):
                    faults.append(Fault(self.path, "a page from before"))

    async def _act(self, planned, *, publish) -> bool:
        step = self.steps["publish"]
        step.leave(planned)
        form = f"/admin/pages/{self.article}/unpublish/"
        if publish:
            form = f"/admin/bulk/wagtailcore/page/publish/?id={self.article}&next=/"
        answer = await self.editor.post_form(form, csrfmiddlewaretoken=CSRF)
        # The form once more is no success.
        step.answered(planned, 409 if answer.status == 200 else answer.status)
        return answer.status == 302

    async def _is_seen(self, *, publish) -> bool:
        step, now = self.steps["look after"], time.monotonic()
        step.leave(now)
        answer = await self.visitor.get(self.path)
        step.answered(now, answer.status)
        return answer.status == (200 if publish else 404)
