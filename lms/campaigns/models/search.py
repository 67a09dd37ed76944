"""What the public reads: pages, composed by editors, read before they appear."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page


class SearchEntry(models.Model):
    """The plain text of a published page: Chinese has no words to index by.

    Both databases' full-text indexes take an unbroken run of Chinese as one word,
    so 有限空间 would never be found inside 有限空间作业. Kept by services.search.
    """

    page = models.OneToOneField(
        Page, on_delete=models.CASCADE, related_name="search_entry"
    )
    title = models.CharField(max_length=255)
    text = models.TextField()

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")

    def __str__(self):
        return self.title
