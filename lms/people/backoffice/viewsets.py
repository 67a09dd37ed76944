from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from lms.backoffice.desks import DeskView
from lms.backoffice.views import (
    DeskIndexView,
    NamedInspectView,
    RowColumn,
    TimeColumn,
    YesNoColumn,
)
from lms.backoffice.viewsets import BaseSnippetViewSet, ReadOnlySnippetViewSet
from lms.evidence.models import AuditEvent
from lms.people.backoffice.desks import OrganisationDesk, PersonDesk
from lms.people.backoffice.filters import (
    AuditFilterSet,
    PersonFilterSet,
    PostFilterSet,
    UserFilterSet,
)
from lms.people.backoffice.forms import OrganisationForm, PersonForm, PostForm, UserForm
from lms.people.backoffice.places import (
    PLACE_COLUMNS,
    PLACE_HEADINGS,
    PLACES,
    with_posts_today,
)
from lms.people.backoffice.views import (
    OrganisationCreateView,
    OrganisationEditView,
    PersonCreateView,
    PersonEditView,
    PersonIndexView,
    PostCreateView,
    PostEditView,
    PostIndexView,
    UserCreateView,
    UserEditView,
)
from lms.people.models import (
    Industry,
    OperationItem,
    Organisation,
    Person,
    Post,
    Town,
    User,
)


class OrganisationViewSet(BaseSnippetViewSet):
    model = Organisation
    icon = "home"
    menu_order = 100
    add_view_class = OrganisationCreateView
    edit_view_class = OrganisationEditView
    index_view_class = DeskIndexView
    inspect_view_class = OrganisationDesk
    list_display = ["name", "uscc", "town", "kind", "high_hazard"]
    list_filter = [
        "town",
        "kind",
        "high_hazard",
        "zone",
        "industries",
        "in_scope_from",
        "out_of_scope_on",
    ]
    list_export = [
        "uscc",
        "name",
        "kind",
        "town.name",
        "high_hazard",
        "occupational_hazard",
        "in_scope_from",
        "out_of_scope_on",
    ]
    list_related = ("town",)
    search_fields = ["name", "uscc"]
    inspect_view_fields = [
        "name",
        "uscc",
        "kind",
        "town",
        "zone",
        "industries",
        "high_hazard",
        "occupational_hazard",
        "established_posts",
        "in_scope_from",
        "out_of_scope_on",
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("uscc"),
            FieldPanel("kind"),
            FieldPanel("town"),
            FieldPanel("zone"),
            FieldPanel("industries", widget=forms.CheckboxSelectMultiple),
            FieldPanel("high_hazard"),
            FieldPanel("occupational_hazard"),
            FieldPanel("established_posts"),
            FieldPanel("in_scope_from"),
            FieldPanel("out_of_scope_on"),
        ],
        base_form_class=OrganisationForm,
    )


class PersonViewSet(BaseSnippetViewSet):
    model = Person
    icon = "user"
    menu_order = 200
    add_view_class = PersonCreateView
    edit_view_class = PersonEditView
    index_view_class = PersonIndexView
    index_template_name = "people/admin/person_index.html"
    inspect_view_class = PersonDesk
    base_filterset_class = PersonFilterSet
    list_display = ["name", *PLACE_COLUMNS, "id_masked", "phone_masked"]
    list_filter = ["recorded_at"]
    list_export = [
        "name",
        *PLACES,
        "id_type",
        "id_masked",
        "phone_masked",
        "recorded_at",
    ]
    export_headings = PLACE_HEADINGS
    search_fields = ["name", "id_masked"]
    inspect_view_fields = [
        "name",
        "id_type",
        "id_masked",
        "phone_masked",
        "identity_checked_at",
        "recorded_at",
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("id_type"),
            FieldPanel("number"),
            FieldPanel("phone"),
            FieldPanel("organisation", heading=_("Organisation")),
            FieldPanel("role"),
            FieldPanel("item"),
            FieldPanel("starts_on"),
        ],
        base_form_class=PersonForm,
    )

    def get_form_class(self, for_update=False):
        return PersonForm

    def get_queryset(self, request):
        return with_posts_today(super().get_queryset(request), request.user, person="")


class PostViewSet(BaseSnippetViewSet):
    model = Post
    icon = "group"
    menu_order = 300
    add_view_class = PostCreateView
    edit_view_class = PostEditView
    index_view_class = PostIndexView
    inspect_view_class = DeskView
    base_filterset_class = PostFilterSet
    list_display = [
        "person",
        RowColumn("organisation", of="organisation", label=_("unit")),
        Column("town", label=_("town"), accessor="organisation.town"),
        "role",
        "item",
        "starts_on",
        "ends_on",
    ]
    list_filter = [
        "role",
        "exposed",
        "issuing_system",
        "starts_on",
        "ends_on",
    ]
    list_export = [
        "person.name",
        "person.id_masked",
        "organisation.uscc",
        "organisation.name",
        "organisation.town",
        "role",
        "item.code",
        "exposed",
        "starts_on",
        "ends_on",
    ]
    list_related = ("person", "organisation__town", "item")
    search_fields = ["person__name", "organisation__name"]
    inspect_view_fields = [
        "person",
        "organisation",
        "role",
        "item",
        "issuing_system",
        "exposed",
        "exposures",
        "first_work_on",
        "away",
        "starts_on",
        "ends_on",
    ]
    edit_handler = ObjectList(
        [
            FieldPanel("person", heading=_("Person")),
            FieldPanel("organisation", heading=_("Organisation")),
            FieldPanel("role"),
            FieldPanel("item"),
            FieldPanel("issuing_system"),
            FieldPanel("exposed"),
            FieldPanel("exposures"),
            FieldPanel("first_work_on"),
            FieldPanel("away"),
            FieldPanel("starts_on"),
            FieldPanel("ends_on"),
        ],
        base_form_class=PostForm,
    )


class UserViewSet(BaseSnippetViewSet):
    model = User
    add_to_settings_menu = True
    icon = "key"
    menu_label = _("Accounts")
    menu_order = 400
    add_view_class = UserCreateView
    edit_view_class = UserEditView
    base_filterset_class = UserFilterSet
    list_display = [
        "name",
        "username",
        "access",
        Column("group_names", label=_("Groups")),
        "organisation",
        "town",
        YesNoColumn("is_active", label=_("active")),
        TimeColumn("last_login", label=_("Signed in last")),
    ]
    list_filter = ["access", "is_active", "last_login"]
    list_export = [
        "username",
        "name",
        "access",
        "group_names",
        "organisation.name",
        "town.name",
        "is_active",
        "last_login",
    ]
    export_headings = {"group_names": _("Groups")}
    list_related = ("organisation", "town")
    search_fields = ["name", "username"]
    inspect_view_enabled = False
    edit_handler = ObjectList(
        [
            FieldPanel("username"),
            FieldPanel("name"),
            FieldPanel("email"),
            FieldPanel("access"),
            FieldPanel("organisation", heading=_("Organisation")),
            FieldPanel("town"),
            FieldPanel("groups"),
            FieldPanel("is_active"),
            FieldPanel("password"),
        ],
        base_form_class=UserForm,
    )

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")


class TownViewSet(ReadOnlySnippetViewSet):
    model = Town
    add_to_settings_menu = True
    icon = "site"
    menu_order = 500
    list_display = ["name", "code", Column("enterprises", label=_("Enterprises"))]
    list_export = ["code", "name", "alias"]
    search_fields = ["name", "alias", "code"]

    def get_queryset(self, request):
        enterprises = Count("organisations", filter=Q(organisations__kind="ENTERPRISE"))
        return super().get_queryset(request).annotate(enterprises=enterprises)


class IndustryViewSet(BaseSnippetViewSet):
    model = Industry
    add_to_settings_menu = True
    icon = "tag"
    menu_order = 510
    list_display = ["name", "code", "high_hazard"]
    list_filter = ["high_hazard"]
    list_export = ["code", "name", "high_hazard"]
    search_fields = ["name", "code"]
    edit_handler = ObjectList(
        [FieldPanel("name"), FieldPanel("code"), FieldPanel("high_hazard")]
    )


class OperationItemViewSet(ReadOnlySnippetViewSet):
    model = OperationItem
    add_to_settings_menu = True
    icon = "list-ul"
    menu_order = 520
    list_display = ["name", "code", "category_name"]
    list_filter = ["category_name"]
    list_export = ["code", "name", "category_code", "category_name"]
    search_fields = ["name", "code"]


class AuditInspectView(NamedInspectView):
    named_by = ("get_action_display",)


class AuditEventViewSet(ReadOnlySnippetViewSet):
    model = AuditEvent
    add_to_settings_menu = True
    icon = "history"
    menu_order = 600
    base_filterset_class = AuditFilterSet
    inspect_view_class = AuditInspectView
    list_display = [
        "at",
        "actor",
        Column(
            "action",
            label=_("action"),
            accessor="get_action_display",
            sort_key="action",
        ),
        Column("object", label=_("object"), accessor="get_object_id_display"),
        "reason",
    ]
    list_filter = ["at"]
    list_export = ["at", "actor.username", "action", "object_id", "reason"]
    export_headings = {"actor.username": _("by")}
    inspect_view_fields = ["at", "actor", "action", "object_id", "reason", "data"]
    list_related = ("actor",)
    search_fields = ["action", "object_type", "object_id", "reason"]


class PeopleViewSetGroup(SnippetViewSetGroup):
    menu_label = _("People and organisations")
    menu_icon = "group"
    menu_order = 200
    items = (
        OrganisationViewSet,
        PersonViewSet,
        PostViewSet,
    )


# Tables only administrators need: below 设置.
SETTINGS = (
    UserViewSet,
    TownViewSet,
    IndustryViewSet,
    OperationItemViewSet,
    AuditEventViewSet,
)
