"""The acts on people and accounts that are recorded."""

from django.utils.translation import gettext_lazy as _

from lms.evidence.audit import row_acts
from lms.people.models import Industry, Organisation, Post, User

ACTS = {
    "account.activate": _("account activated"),
    "account.cancel_activation_code": _("sign-in slip cancelled by the holder"),
    "account.change_password": _("password changed"),
    "account.issue_activation_code": _("sign-in slip printed"),
    "account.release_activation_code": _("sign-in slip released by a second person"),
    "account.remove_second_factor": _("second factor removed"),
    "account.reset_second_factor": _("second factor taken away"),
    "account.set_password": _("password set for somebody else"),
    "account.set_up_second_factor": _("second factor set up"),
    "evidence.open_gate": _("evidence opened to correction"),
    "import.apply": _("file imported"),
    "import.beyond_scope": _("import beyond what one sees"),
    "person.change": _("person changed"),
    "person.confirm_identity": _("identity confirmed"),
    "person.correct_identity": _("document number corrected"),
    "person.create": _("person put on record"),
    "person.reveal_number": _("document number shown"),
    **row_acts(Industry, Organisation, Post, User),
}
