from django.template.loader import render_to_string
from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.search import SearchArea
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from lms.backoffice.hooks import TodayItem
from lms.backoffice.policies import KeepPolicy, ReadOnlyPolicy
from lms.backoffice.row_actions import register_row_actions
from lms.evidence import clock
from lms.evidence.models import AuditEvent
from lms.people.models import (
    ActivationCode,
    Industry,
    OperationItem,
    Organisation,
    OrganisationKind,
    Person,
    Post,
    Town,
    User,
    YesNoUndecided,
)
from lms.sheets.imports import SheetImport, imports_for, register_import

for model in (AuditEvent, OperationItem, Town):
    register_permission_policy(model, ReadOnlyPolicy(model))
for model in (Industry, Organisation, Person, Post, User):
    register_permission_policy(model, KeepPolicy(model))

from lms.people.backoffice.acts import END_POST  # noqa: E402
from lms.people.backoffice.viewsets import SETTINGS, PeopleViewSetGroup  # noqa: E402 - policies first
from lms.people.services.organisations import ORGANISATION_COLUMNS, import_organisations  # noqa: E402
from lms.people.services.roster import ROSTER_COLUMNS, import_roster  # noqa: E402

register_snippet(PeopleViewSetGroup)
for table in SETTINGS:
    register_snippet(table)
register_row_actions(Post, END_POST)


@hooks.register("register_admin_urls")
def register_people_urls():
    return [
        path("people/", include("lms.people.backoffice.urls")),
        path("imports/", include("lms.sheets.urls")),
    ]


register_import(
    SheetImport(
        slug="organisations",
        title=_("Organisations"),
        columns=ORGANISATION_COLUMNS,
        importer=import_organisations,
        permission="people.add_organisation",
        order=10,
    )
)
register_import(
    SheetImport(
        slug="roster",
        title=_("Rosters: people and posts"),
        columns=ROSTER_COLUMNS,
        importer=import_roster,
        permission="people.add_post",
        order=20,
    )
)


class ImportMenuItem(MenuItem):
    def is_shown(self, request):
        return bool(imports_for(request.user))


@hooks.register("register_admin_menu_item")
def register_import_menu_item():
    return ImportMenuItem(
        _("Import a sheet"),
        reverse("imports:upload"),
        name="imports",
        icon_name="upload",
        order=210,
    )


class PeopleSearch(SearchArea):
    """The search of the sidebar finds people, for staff who may see them."""

    def is_shown(self, request):
        return request.user.has_perm("people.view_person")


@hooks.register("register_admin_search_area")
def search_people_first():
    return PeopleSearch(
        _("People"), reverse("people_admin:find"), name="people", order=0
    )


@hooks.register("insert_global_admin_js")
def post_what_is_searched():
    return render_to_string("people/sidebar_search.html")


@hooks.register("register_account_menu_item")
def second_factor(request):
    """The way to the authenticator app and the recovery codes, from the account."""
    return {
        "url": reverse("mfa_index"),
        "label": _("Second factor: the app and the recovery codes"),
    }


@hooks.register("register_today_items")
def slips_to_release(request):
    """Sign-in slips for accounts in use, that a colleague made."""
    if not request.user.has_perm("people.release_activationcode"):
        return []
    seen = Person.objects.visible_to(request.user)
    waiting = ActivationCode.objects.awaiting_release(clock.now())
    waiting = waiting.filter(person__in=seen).exclude(issued_by=request.user)
    return [
        TodayItem(
            count=waiting.count(),
            label=_("Sign-in slips wait for a second member of staff"),
            url=reverse("people_admin:slips"),
            icon="key",
        )
    ]


@hooks.register("register_today_items")
def hazard_classes_to_decide(request):
    """Organisations whose hazard class is open: until then they count as general."""
    if not request.user.has_perm("people.change_organisation"):
        return []
    undecided = Organisation.objects.visible_to(request.user).filter(
        kind=OrganisationKind.ENTERPRISE, high_hazard=YesNoUndecided.UNDECIDED
    )
    address = reverse(Organisation.snippet_viewset.get_url_name("list"))
    return [
        TodayItem(
            count=undecided.count(),
            label=_("organisations without a decided hazard class"),
            url=f"{address}?high_hazard=undecided&kind=ENTERPRISE",
        )
    ]
