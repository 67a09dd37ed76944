"""What each group of staff may do: declared by each app, granted after ``migrate``.

An app declares in its ``AppConfig.ready`` what each group may do with its models.
Evidence needs no mention: its policy refuses to write at all.
"""

from collections.abc import Mapping

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.db import connections
from django.db.migrations.loader import MigrationLoader

BASE, OFFICER, EDITOR, REVIEWER = "教务", "安监", "编辑", "审稿"

# Every permission of the models of an app; all but publishing; viewing only.
ALL, WRITE, VIEW = "*", "write", "view"

NEEDED = "wagtailcore_collection"
_GRANTS: dict[str, dict[str, str | list[str]]] = {}
_PAGES: dict[str, list[str]] = {}


def grants(label: str, wanted: Mapping[str, str | list[str]]) -> None:
    """Declare what groups may do with the models of an app.

    ``wanted`` maps a group to ``ALL``, ``WRITE``, ``VIEW`` or a list of codenames.
    """
    _GRANTS.setdefault(label, {}).update(wanted)


def page_grants(group: str, codenames: list[str]) -> None:
    """Declare what a group may do with all pages of the site."""
    _PAGES[group] = codenames


def grant_permissions(app_config, using="default", **kwargs) -> None:
    """Give every group what it may do with the models of one app.

    Receiver of ``post_migrate``. Permissions of models that other apps bring later
    are granted when their own app has migrated.
    """
    from django.contrib.auth.models import Group, Permission

    label = app_config.label
    if NEEDED not in connections[using].introspection.table_names():
        return  # one app was migrated alone; the next ``migrate`` comes here again
    if label not in _GRANTS or not _is_migrated(label, using):
        return
    create_permissions(app_config, verbosity=0, using=using)
    known = Permission.objects.using(using).filter(content_type__app_label=label)
    for name, wanted in _GRANTS[label].items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        chosen = _chosen(known, wanted)
        group.permissions.add(*chosen)
        if label in ("wagtailimages", "wagtaildocs"):
            _grant_collection(group, chosen, using)
    if label == "wagtailadmin":
        _grant_pages(using)


def _is_migrated(label, using) -> bool:
    """Whether all of an app is there: its own migrations may give permissions too."""
    loader = MigrationLoader(connections[using])
    return set(loader.graph.leaf_nodes(label)) <= loader.applied_migrations.keys()


def _chosen(known, wanted):
    if wanted == ALL:
        return known
    if wanted == WRITE:
        return known.exclude(codename__startswith="publish_")
    if wanted == VIEW:
        return known.filter(codename__startswith="view_")
    return known.filter(codename__in=wanted)


def _grant_collection(group, chosen, using) -> None:
    from wagtail.models import Collection, GroupCollectionPermission

    root = Collection.objects.using(using).filter(depth=1).first()
    if root is not None:
        for permission in chosen:
            GroupCollectionPermission.objects.using(using).get_or_create(
                group=group, collection=root, permission=permission
            )


def _grant_pages(using) -> None:
    from django.contrib.auth.models import Group, Permission
    from wagtail.models import GroupPagePermission, Page

    create_permissions(apps.get_app_config("wagtailcore"), verbosity=0, using=using)
    root = Page.objects.using(using).filter(depth=1).first()
    if root is None:
        return
    for name, codenames in _PAGES.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        for permission in Permission.objects.using(using).filter(
            content_type__app_label="wagtailcore", codename__in=codenames
        ):
            GroupPagePermission.objects.using(using).get_or_create(
                group=group, page=root, permission=permission
            )
