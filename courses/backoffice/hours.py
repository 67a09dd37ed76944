"""Enter the class hours of a whole class: a sheet, its preview, then saving."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.snippets.views.snippets import InspectView

from courses.backoffice.hours_forms import ENTERED, HoursForm
from courses.exceptions import CourseRefusal
from courses.hours.progress import progress_for
from courses.hours.sheet import check_day, weigh
from courses.models import HourSource
from courses.services import enter_hours
from lms.backoffice.outcomes import names_by_reason
from lms.evidence import clock

MAY_ENTER = "courses.add_hourentry"


class ClassHoursView(InspectView):
    """The sheet of one class and one source of hours."""

    template_name = "courses/admin/hours.html"
    page_title = gettext_lazy("Enter class hours")
    inspect_url_name = None

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_perm(MAY_ENTER):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request, **kwargs):
        """Show what the sheet would bring; with ``step=save`` enter it."""
        form = self.get_form(request.POST)
        sheet, step = None, request.POST.get("step")
        if step != "change" and form.is_valid():
            try:
                if step == "save":
                    return self.save(form)
                sheet = self.preview(form)
            except CourseRefusal as refusal:
                form.add_error(None, str(refusal))
        context = self.get_context_data(form=form, sheet=sheet)
        return self.render_to_response(context)

    def get_form(self, data=None):
        return HoursForm(data, source=self.source, enrolments=self.enrolments)

    @property
    def source(self):
        """The source of hours the address names; attendance where it names none."""
        name = self.request.GET.get("source", HourSource.ATTENDANCE)
        if name not in ENTERED:
            raise Http404
        return HourSource(name)

    @property
    def enrolments(self):
        seen = self.object.enrolments.visible_to(self.request.user).admitted()
        return seen.for_listing().order_by("person__name", "pk")

    def preview(self, form):
        day, today = form.cleaned_data["day"], clock.today()
        check_day(self.object, day=day, today=today)
        claims, people = form.claims(), form.enrolments
        return weigh(people, claims, source=self.source, day=day, today=today)

    def save(self, form):
        sheet = enter_hours(
            self.object,
            claims=form.claims(),
            source=self.source,
            day=form.cleaned_data["day"],
            reason=form.cleaned_data["reason"],
            actor=self.request.user,
        )
        report(self.request, sheet, form.enrolments)
        return redirect(self.inspect_url_name, self.object.pk)

    def get_context_data(self, form=None, sheet=None, **kwargs):
        form = form or self.get_form()
        progress = progress_for(form.enrolments)
        return super().get_context_data(**kwargs) | {
            "training_class": self.object,
            "form": form,
            "sheet": sheet,
            "people": [(one, form.cells(one.enrolment)) for one in progress],
            "sources": ENTERED,
            "source": self.source,
            "correcting": self.source == HourSource.CORRECTION,
        }


def report(request, sheet, enrolments):
    """Tell what was entered, who has met the hours now, and who got nothing and why."""
    count = len(sheet.entered)
    if count:
        text = ngettext(
            "Class hours entered for %(count)d person.",
            "Class hours entered for %(count)d people.",
            count,
        )
        messages.success(request, text % {"count": count})
    if sheet.completing:
        names = "、".join(row.enrolment.person.name for row in sheet.completing)
        text = _("Class hours complete now: %(names)s.")
        messages.success(request, text % {"names": names})
    for row in sheet.refused:
        text = _("Not entered, %(name)s: %(why)s")
        facts = {"name": row.enrolment.person.name, "why": row.refusal}
        messages.warning(request, text % facts)
    asked = {row.enrolment for row in sheet.rows if row.claims}
    others = [one for one in enrolments if one not in asked]
    if others:
        reasons = ((why_nothing(one), one.person.name) for one in others)
        messages.info(request, "；".join(names_by_reason(reasons)))


def why_nothing(enrolment) -> str:
    """Say why nothing was asked for a person."""
    return _("complete before") if enrolment.hours_met_on else _("nothing entered")
