from io import BytesIO

import xlsxwriter
from django.utils.translation import gettext as _

from lms.plan.dashboard.members import Members
from lms.plan.reports.workbook import OPTIONS


def write_members_xlsx(members: Members) -> bytes:
    """Return the names behind a figure as a workbook; numbers stay masked."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        sheet = book.add_worksheet(members.indicator.code)
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet.set_column(0, 5, 22)
        sheet.set_column(6, 6, 80)
        head = [
            _("Name"),
            _("Document number"),
            _("Organisation"),
            _("Town or street"),
            _("Operation item"),
            _("Counted or not"),
            _("On record"),
        ]
        for column, text in enumerate(head):
            sheet.write_string(0, column, text, bold)
        for number, member in enumerate(members[:], start=1):
            for column, text in enumerate(_row(member)):
                sheet.write_string(number, column, text)
        sheet.freeze_panes(1, 1)
    return buffer.getvalue()


def _row(member):
    return [
        member.person.name,
        member.person.id_masked,
        "；".join(dict.fromkeys(post.organisation.name for post in member.posts)),
        "；".join(dict.fromkeys(post.organisation.town.name for post in member.posts)),
        str(member.item or ""),
        _("yes") if member.ok else _("no"),
        "；".join(filter(None, [member.lacking, *member.evidence])),
    ]
