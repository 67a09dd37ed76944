from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from lms.access.policies import enterprise_page, public_page, staff_page
from lms.backoffice.desks import link_to
from lms.people.models import Person
from lms.plan.dashboard import public
from lms.plan.dashboard.members import Show
from lms.plan.dashboard.members_workbook import write_members_xlsx
from lms.plan.dashboard.tiles import (
    asked_by,
    members_of,
    narrowed,
    overview,
    report_for,
)
from lms.plan.indicators import INDICATORS, Scope
from lms.plan.reports.kept import kept_report
from lms.plan.reports.names import scope_name
from lms.plan.reports.workbook import write_xlsx
from lms.web import page_cache

PER_PAGE = 50
ADMIN = "plan_admin"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@public_page
@require_safe
def progress(request):
    """The public page: aggregates of the published days, cached for everybody."""
    asked = asked_by(request)
    if asked.plan is None:
        return render(request, "plan/public_empty.html")
    asked = public.published(asked)
    context = {"asked": asked, **public.public_page(asked)}
    response = render(request, "plan/public.html", context)
    if not request.user.is_authenticated:
        patch_cache_control(response, public=True, max_age=public.KEPT_SECONDS)
        patch_vary_headers(response, ["Cookie"])
    return page_cache.allow(response)


@enterprise_page
@require_safe
def office_dashboard(request):
    """An enterprise's own figures."""
    return _dashboard(request, "plan/office.html", "plan_office")


@enterprise_page
@require_safe
def office_members(request, code):
    return _members(request, code, "plan/office_members.html", "plan_office")


@enterprise_page
@require_safe
def office_export(request):
    return _export(request)


@staff_page
@require_safe
def admin_dashboard(request):
    """The whole city for the bureau and the base, the own town for its officers."""
    return _dashboard(request, "plan/admin.html", ADMIN)


@staff_page
@require_safe
def admin_members(request, code):
    return _members(request, code, "plan/admin_members.html", ADMIN)


@staff_page
@require_safe
def admin_export(request):
    return _export(request)


def _dashboard(request, template, space):
    asked = asked_by(request)
    scope = _scope(request)
    if asked.plan is None:
        return render(request, template, {"asked": asked, "space": space})
    scope, town = narrowed(scope, request)
    context = overview(asked, scope) | {"space": space, "town": town}
    return render(request, template, context | {"figures": _figures(context)})


def _figures(context):
    """Return the figures of a dashboard as HTML, drawn once for a report.

    With the plan of the report, which cannot be older than its figures.
    """
    report, asked, town = (context[name] for name in ("report", "asked", "town"))
    key = (context["space"], asked.today, town and town.code)
    if key not in report.drawn:
        asked = replace(asked, plan=report.question.plan)
        report.drawn[key] = render_to_string(
            "plan/_figures.html", context | {"asked": asked}
        )
    return report.drawn[key]


def _members(request, code, template, space):
    asked = asked_by(request)
    scope, town = narrowed(_scope(request), request)
    indicator = INDICATORS.get(code)
    if indicator is None or not indicator.listed or asked.plan is None:
        raise Http404
    show = request.GET.get("show", Show.MISSING)
    show = Show(show) if show in Show.values else Show.MISSING
    if indicator.counted:
        show = Show.COUNTED
    members = members_of(asked, scope, code, show)
    if request.GET.get("export") == "xlsx":
        return _sheet(write_members_xlsx(members), f"{code}-{asked.day}.xlsx")
    report = kept_report(asked.plan, day=asked.day, scope=scope, codes=[code])
    page = Paginator(members, PER_PAGE).get_page(request.GET.get("page"))
    if space == ADMIN:
        _add_desks(page.object_list, request.user)
    context = {
        "asked": asked,
        "line": report[code],
        "name": str(indicator.name),
        "show": show,
        "shows": [] if indicator.counted else _shows(asked, show, town),
        "page": page,
        "query": _members_query(asked, show, town),
        "town": town,
        "whose": scope_name(scope),
        "space": space,
    }
    return render(request, template, context)


def _add_desks(members, user):
    """Add the address of the file of each person whom the user may open."""
    if not user.has_perm("people.view_person"):
        return
    people = [one.person.pk for one in members]
    seen = Person.objects.visible_to(user).filter(pk__in=people)
    open_to_user = set(seen.values_list("pk", flat=True))
    for one in members:
        if one.person.pk in open_to_user:
            one.desk = link_to(one.person).url


def _export(request):
    asked = asked_by(request)
    if asked.plan is None:
        raise Http404
    scope, _town = narrowed(_scope(request), request)
    report = report_for(asked, scope)
    name = f"{asked.plan.code}-{asked.day}-{scope_name(scope)}.xlsx"
    return _sheet(write_xlsx(report), name)


def _scope(request):
    scope = Scope.of(request.user)
    if scope.closed:
        raise PermissionDenied
    return scope


def _shows(asked, show, town):
    return [
        {
            "label": choice.label,
            "query": _members_query(asked, choice, town),
            "current": choice == show,
        }
        for choice in Show
    ]


def _members_query(asked, show, town):
    return asked.query(show=show.value, town=town.code if town else "")


def _sheet(data, name):
    response = HttpResponse(data, content_type=SHEET)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
