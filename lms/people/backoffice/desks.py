"""The files of a person and of an organisation: all that is on record, on one page."""

from collections import defaultdict

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.backoffice.desk_tables import DeskTable, Group, Heading, group_url
from lms.backoffice.desks import DeskView, Link, Note, link_to, section_of, table_of
from lms.backoffice.row_actions import actions_for
from lms.evidence.models import AuditEvent
from lms.people.backoffice.cells import person_cell
from lms.people.backoffice.places import posts_today, role_in_words
from lms.people.models import Person, Role, User

# As many rows as one reads on a page; the listing has the others.
MOST_ROWS = 200

# What is done about a person on a page of its own: a right, the page, its words.
PERSON_PAGES = (
    ("confirm_identity", "identity", gettext_lazy("Confirm the identity")),
    ("add_activationcode", "slip", gettext_lazy("Print a sign-in slip")),
    ("reveal_identity", "reveal", gettext_lazy("Show the number in full")),
    ("correct_identity", "correct", gettext_lazy("Correct the document number")),
)


class PersonDesk(DeskView):
    """一人一档: posts, account, training, exams, certificates, and the audit trail."""

    def get_page_subtitle(self):
        return self.object.id_masked

    def get_notes(self):
        if self.object.identity_checked_at or not self.request.user.has_perm(
            "people.confirm_identity"
        ):
            return []
        text = _("Nobody has compared this person with the document yet.")
        return [Note(text, "info")]

    def get_papers(self):
        user, pk = self.request.user, self.object.pk
        return [
            Link(words, reverse(f"people_admin:{page}", args=[pk]))
            for right, page, words in PERSON_PAGES
            if user.has_perm(f"people.{right}")
        ]

    def get_sections(self):
        user = self.request.user
        parts = {
            "people.view_post": self._posts,
            "people.view_user": self._account,
            "people.view_auditevent": self._trail,
        }
        sections = [part() for right, part in parts.items() if user.has_perm(right)]
        return [section for section in sections if section]

    def _posts(self):
        """The posts of the person, of those the user sees, the newest first."""
        user = self.request.user
        posts = self.object.posts.visible_to(user).order_by("-starts_on")
        return table_of(
            _("Posts"),
            (
                _("unit"),
                _("town"),
                _("role"),
                _("from"),
                _("to"),
                "",
            ),
            [
                (
                    link_to(post.organisation),
                    post.organisation.town,
                    link_to(post, role_in_words(post)),
                    post.starts_on,
                    post.ends_on,
                    _act_on(post, user),
                )
                for post in posts.select_related("organisation__town", "item")
            ],
        )

    def _account(self):
        user = User.objects.visible_to(self.request.user)
        return table_of(
            _("Account"),
            (_("active"), _("Signed in last"), _("Identity confirmed by")),
            [
                (
                    _("yes") if one.is_active else _("no"),
                    one.last_login,
                    self.object.identity_checked_by,
                )
                for one in user.filter(person=self.object)
            ],
        )

    def _trail(self):
        """What the audit trail says about the person, the newest first."""
        user = self.request.user
        seen = AuditEvent.objects.visible_to(user).select_related("actor")
        events = seen.filter(
            object_type=Person._meta.label_lower, object_id=str(self.object.pk)
        )
        return table_of(
            _("On the audit trail"),
            (_("At"), _("Action"), _("By"), _("Reason")),
            [
                (
                    link_to(one, f"{timezone.localtime(one.at):%Y-%m-%d %H:%M}"),
                    one.get_action_display(),
                    one.actor,
                    one.reason,
                )
                for one in events[:MOST_ROWS]
            ],
        )


def _act_on(post, user):
    """Return the way to the first act that a post offers the user, or nothing."""
    for action in actions_for(post, user):
        name = post.snippet_viewset.get_url_name("act")
        return Link(f"{action.label}…", reverse(name, args=[post.pk, action.name]))
    return None


class OrganisationDesk(DeskView):
    """一企一档: who is in post today, the headcount, and what other apps know."""

    def get_page_subtitle(self):
        return self.object.uscc

    def get_sections(self):
        if not self.request.user.has_perm("people.view_person"):
            return []
        posts = posts_today(self.request.user).filter(organisation=self.object)
        posts = list(posts.select_related("person").order_by("role", "person__name"))
        return [self._headcount(posts), *self._people(posts)]

    def _headcount(self, posts):
        """What was declared last, and what is registered today."""
        declared = self.object.headcounts.order_by("declared_on").last()
        everybody = {post.person_id for post in posts}
        exposed = {post.person_id for post in posts if post.exposed}
        rows = (
            (_("All staff"), declared and declared.staff, len(everybody), ""),
            (
                _("Exposed to hazards"),
                declared and declared.exposed,
                len(exposed),
                "exposed",
            ),
        )
        heading = _("Headcount")
        if declared:
            heading = _("Headcount, declared on %(day)s") % {
                "day": declared.declared_on.isoformat()
            }
        labels = (_("Who"), _("declared"), _("registered"), _("not registered yet"))
        return table_of(
            heading,
            labels,
            [
                (who, _count(said), _leads(held, key), _gap(said, held))
                for who, said, held, key in rows
            ],
        )

    def _people(self, posts):
        """The people in post, each with all posts here; by role, and the exposed."""
        held = defaultdict(list)
        for post in posts:
            held[post.person].append(post)
        for person, here in held.items():
            person.posts_today = here
        roles = dict.fromkeys(post.role for post in posts)
        table = DeskTable(
            "people",
            (
                Heading(_("Name"), note=_("Document number")),
                _("role"),
                _("from"),
            ),
            list(held.values()),
            self._cells,
            groups=(
                *(_of_role(Role(one)) for one in roles),
                Group("exposed", _("Exposed to hazards"), _is_exposed),
            ),
        )
        heading = _("People in post today: %(count)s") % {"count": len(held)}
        return [section_of(heading, table)] if held else []

    def _cells(self, posts):
        return (
            person_cell(posts[0].person, self.request.user),
            "、".join(dict.fromkeys(map(role_in_words, posts))),
            min(post.starts_on for post in posts),
        )


def _of_role(role):
    return Group(role, role.label, lambda posts: any(p.role == role for p in posts))


def _is_exposed(posts):
    return any(post.exposed for post in posts)


def _leads(number, key):
    """Return a number of people; it leads to them in the table below."""
    return Link(str(number), group_url("people", key)) if number else str(number)


def _count(number):
    return "—" if number is None else str(number)


def _gap(declared, registered):
    return "—" if declared is None else str(max(declared - registered, 0))
