import datetime as dt

from django.utils import timezone

from lms.jobs.runner import sweep
from tests.factories.pages import ArticleFactory, publish

SOON = dt.timedelta(minutes=5)


def schedule(page, **times):
    """Publish a page as an editor does who sets its first or its last moment."""
    for name, moment in times.items():
        setattr(page, name, moment)
    page.save_revision().publish()


def later(monkeypatch):
    """Let ten minutes pass."""
    moment = timezone.now() + 2 * SOON
    monkeypatch.setattr(timezone, "now", lambda: moment)


def test_a_page_goes_live_at_its_moment_and_not_before(client, column, monkeypatch):
    page = publish(column, ArticleFactory())
    page.unpublish()
    schedule(page, go_live_at=timezone.now() + SOON)

    early = sweep()["campaigns.scheduled"]
    hidden = client.get(page.url).status_code
    later(monkeypatch)
    due = sweep()["campaigns.scheduled"]

    assert (early, hidden, due) == (0, 404, 1)
    assert client.get(page.url).status_code == 200
    assert sweep()["campaigns.scheduled"] == 0


def test_a_page_is_taken_down_after_its_last_moment(
    client, column, monkeypatch, django_capture_on_commit_callbacks
):
    page = publish(column, ArticleFactory())
    schedule(page, expire_at=timezone.now() + SOON)
    shown = client.get(page.url).status_code

    later(monkeypatch)
    with django_capture_on_commit_callbacks(execute=True):
        sweep()

    assert shown == 200
    assert client.get(page.url).status_code == 404
