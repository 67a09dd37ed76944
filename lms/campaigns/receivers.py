"""Update search and page cache when a page is published, withdrawn or moved."""

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from wagtail.signals import page_published, page_unpublished, post_page_move

from lms.campaigns.models import SiteFacts
from lms.campaigns.services import search
from lms.campaigns.services.site import HOTLINE
from lms.web import page_cache


@receiver(page_published)
def remember_page(sender, instance, **kwargs):
    search.remember(instance)


@receiver([page_published, page_unpublished, post_page_move])
def purge_pages(sender, **kwargs):
    transaction.on_commit(page_cache.purge)


@receiver([post_save, post_delete], sender=SiteFacts)
def purge_for_facts(sender, **kwargs):
    transaction.on_commit(page_cache.purge)
    transaction.on_commit(lambda: cache.delete(HOTLINE))
