"""Chinese search over published pages: a term is found anywhere inside a text."""

from django.conf import settings
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import override
from wagtail.models import Page

from lms.campaigns.models import SearchEntry


def find(terms: list[str]):
    """Return public pages that contain every term, those named so first."""
    entries = SearchEntry.objects.filter(page__in=Page.objects.live().public())
    in_title = Q()
    for term in terms:
        entries = entries.filter(Q(title__icontains=term) | Q(text__icontains=term))
        in_title &= Q(title__icontains=term)
    if not terms:
        return entries.none()
    named = Case(
        When(in_title, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    return entries.select_related("page").order_by(
        named, "-page__first_published_at", "-pk"
    )


def excerpt(text: str, terms: list[str], around: int = 36) -> list[tuple[str, bool]]:
    """Return the place of the first hit, as pieces that are hits or not."""
    folded = text.lower()
    for term in terms:
        at = folded.find(term.lower())
        if at >= 0:
            start, end = max(0, at - around), at + len(term)
            before = ("…" if start else "") + text[start:at]
            after = text[end : end + around]
            return [
                (before, False),
                (text[at:end], True),
                (after + ("…" if end + around < len(text) else ""), False),
            ]
    return [(text[: 2 * around] + ("…" if len(text) > 2 * around else ""), False)]


def remember(page: Page) -> None:
    """Keep the search text of a page that has just been published.

    In the language of the site, since labels of blocks are part of it.
    """
    page = page.specific
    if hasattr(page, "search_text"):
        with override(settings.LANGUAGE_CODE):
            text = page.search_text()
    elif getattr(page, "open_to_all", False):
        text = page.summary
    else:
        SearchEntry.objects.filter(page_id=page.pk).delete()
        return
    SearchEntry.objects.update_or_create(
        page_id=page.pk, defaults={"title": page.title, "text": text}
    )
