"""What each group of staff may do, by name, laid anew after every ``migrate``.

Permissions of models that other apps bring later are picked up when their own
app has migrated. Evidence needs no mention: its policy refuses to write at all.
"""

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.db import connections

BASE, OFFICER, EDITOR, REVIEWER = "教务", "安监", "编辑", "审稿"

NEEDED = "wagtailcore_collection"
ADMIN = {"wagtailadmin": ["access_admin"]}
PICTURES = {
    "wagtailimages": ["add_image", "change_image", "choose_image"],
    "wagtaildocs": ["add_document", "change_document", "choose_document"],
}
PEOPLE = [
    *(f"view_{name}" for name in ("town", "zone", "industry", "operationitem")),
    *(f"{verb}_organisation" for verb in ("view", "add", "change")),
    *(f"{verb}_person" for verb in ("view", "add", "change")),
    *(f"{verb}_post" for verb in ("view", "add", "change")),
]

# "*" is every permission of the app's models; "write" all but publishing; "view" every
# one to look.
GROUPS = {
    BASE: {
        **ADMIN,
        **PICTURES,
        "people": [
            *PEOPLE,
            "view_user",
            "add_activationcode",
            "release_activationcode",
            "reveal_identity",
            "correct_identity",
            "confirm_identity",
        ],
        "courses": "*",
        "exams": "*",
        "certificates": "*",
        "plan": "view",
    },
    OFFICER: {
        **ADMIN,
        "people": [*PEOPLE, "reveal_identity"],
        "courses": "view",
        "certificates": "view",
        "plan": "*",
    },
    EDITOR: {**ADMIN, **PICTURES, "campaigns": "write"},
    REVIEWER: {**ADMIN, **PICTURES, "campaigns": "*"},
}
PAGES = {
    BASE: ["add_page", "change_page", "publish_page"],
    EDITOR: ["add_page", "change_page"],
    REVIEWER: ["add_page", "change_page", "publish_page", "lock_page", "unlock_page"],
}


def grant_permissions(app_config, using="default", **kwargs) -> None:
    """Give every group what it may do with the models of one app."""
    from django.contrib.auth.models import Group, Permission

    label = app_config.label
    if NEEDED not in connections[using].introspection.table_names():
        return  # one app was migrated alone; the next ``migrate`` comes here again
    if not any(label in granted for granted in GROUPS.values()):
        return
    create_permissions(app_config, verbosity=0, using=using)
    known = Permission.objects.using(using).filter(content_type__app_label=label)
    for name, granted in GROUPS.items():
        wanted = granted.get(label)
        if wanted is None:
            continue
        group, _ = Group.objects.using(using).get_or_create(name=name)
        if wanted == "view":
            chosen = known.filter(codename__startswith="view_")
        elif wanted == "*":
            chosen = known
        elif wanted == "write":
            chosen = known.exclude(codename__startswith="publish_")
        else:
            chosen = known.filter(codename__in=wanted)
        group.permissions.add(*chosen)
        if label in ("wagtailimages", "wagtaildocs"):
            _grant_collection(group, chosen, using)
    if label == "wagtailadmin":
        _grant_pages(using)


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
    for name, codenames in PAGES.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        for permission in Permission.objects.using(using).filter(
            content_type__app_label="wagtailcore", codename__in=codenames
        ):
            GroupPagePermission.objects.using(using).get_or_create(
                group=group, page=root, permission=permission
            )
