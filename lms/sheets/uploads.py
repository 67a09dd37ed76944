import datetime as dt
import hashlib
import uuid
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.access.levels import Access
from lms.access.refusals import Refusal
from lms.evidence import clock
from lms.jobs.models import UNFINISHED, Job, JobState
from lms.jobs.services import enqueue
from lms.sheets.files import FileRefused
from lms.sheets.imports import IMPORTS, ImportReport
from lms.web.logs import mask_text

CHECK, APPLY = "imports.check", "imports.apply"
FOLDER = "imports"
SHOWN_ERRORS = 200
# How long a sheet waits for its confirmation, and what is wrong with it is kept.
SHEET_KEPT, REPORT_KEPT = dt.timedelta(days=7), dt.timedelta(days=30)
FRESH = dt.timedelta(hours=1)


class UploadRefusal(Refusal):
    """An upload cannot continue. ``str()`` can be shown to its sender."""

    message = _("This upload cannot be applied. Send the file again.")


class FileChanged(UploadRefusal):
    message = _("The file is not the one you checked. Send it again.")


class FileGone(UploadRefusal):
    message = _("The file is kept for 7 days only. Send it again.")


class NotChecked(UploadRefusal):
    message = _("The check is not finished yet.")


class AnotherIsWritten(UploadRefusal):
    message = _(
        "Another file of this kind is being written right now. Wait until it is done, "
        "then confirm this one."
    )


class NoLongerAllowed(UploadRefusal):
    message = _("You may no longer run this import.")


@transaction.atomic
def start_check(slug: str, data: bytes, *, filename: str, actor, part: str = "") -> Job:
    """Keep an uploaded file privately and check it in a job; nothing is written.

    The same file sent twice at once is one job.
    """
    digest = hashlib.sha256(data).hexdigest()
    ending = PurePath(filename.lower()).suffix
    suffix = ending if ending in IMPORTS[slug].extensions else ""
    path = storages["private"].save(
        f"{FOLDER}/{uuid.uuid4().hex}{suffix}", ContentFile(data)
    )
    payload = {
        "slug": slug,
        "path": path,
        "sha256": digest,
        "name": mask_text(filename[:100]),
        "part": part,
    }
    chosen = hashlib.sha256(part.encode()).hexdigest()[:16] if part else ""
    key = f"check:{slug}:{actor.pk}:{digest}:{chosen}"
    job = enqueue(CHECK, payload, user=actor, key=key)
    if job.payload["path"] != path:
        storages["private"].delete(path)
    return job


def check_part(job: Job, part: str, *, actor) -> Job:
    """Check the chosen part of a file that has several; raise ``FileGone``."""
    try:
        with storages["private"].open(job.payload["path"]) as stream:
            data = stream.read()
    except FileNotFoundError:
        raise FileGone from None
    payload = job.payload
    name = payload["name"]
    return start_check(payload["slug"], data, filename=name, actor=actor, part=part)


@transaction.atomic
def apply_checked(job: Job, *, sha256: str, actor) -> Job:
    """Apply what a finished check has shown: the same bytes, once.

    Of one kind and one organisation or town, one file at a time is written. Raises
    ``NotChecked``, ``FileChanged`` and ``AnotherIsWritten``.
    """
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.kind != CHECK or job.state != JobState.DONE or "refused" in job.result:
        raise NotChecked
    if job.payload["sha256"] != sha256:
        raise FileChanged
    done = Job.objects.filter(kind=APPLY, payload__check=str(job.uuid)).first()
    if done is not None:
        return done
    key = f"apply:{job.payload['slug']}:{_reach(actor)}"
    payload = {**job.payload, "check": str(job.uuid)}
    applied = enqueue(APPLY, payload, user=actor, key=key)
    if applied.payload["sha256"] != sha256 or applied.created_by_id != actor.pk:
        raise AnotherIsWritten
    return applied


def _reach(actor) -> str:
    """Return for which organisation or town a user imports."""
    if actor.access == Access.ORGANISATION:
        return f"organisation-{actor.organisation_id}"
    return f"town-{actor.town_id}" if actor.access == Access.TOWN else "city"


def run_upload(job: Job, progress) -> dict:
    """Check or apply one upload; the report is kept as a private workbook.

    What is written is counted in the same transaction: a runner that dies leaves true
    counts, and the next attempt goes on from them.
    """
    kind, storage = IMPORTS[job.payload["slug"]], storages["private"]
    if job.kind == APPLY and "rejected" in job.result:  # only its report is missing
        return {**job.result, "errors": job.errors}
    try:
        with storage.open(job.payload["path"]) as stream:
            data = stream.read()
    except FileNotFoundError:
        return _refused(FileGone.message, "file_gone")
    if hashlib.sha256(data).hexdigest() != job.payload["sha256"]:
        return _refused(FileChanged.message, "file_changed")
    try:
        source = kind.read(
            data, filename=job.payload["path"], part=job.payload.get("part", "")
        )
    except FileRefused as refusal:
        return _refused(refusal, refusal.code) | {"choices": refusal.choices}
    if not job.created_by.has_perm(kind.permission):  # since then, as it may be
        return _refused(NoLongerAllowed.message, "not_allowed")
    progress(0, kind.size(source))
    report = kind.run(
        source,
        actor=job.created_by,
        dry_run=job.kind == CHECK,
        progress=progress,
        earlier=job.result if job.kind == APPLY else None,
        checkpoint=_keep_counts(job),
    )
    result, errors = _outcome(kind, source, report)
    Job.objects.filter(pk=job.pk).update(result=result, errors=errors)
    if errors and (workbook := kind.annotated(source, report)):
        name = f"{FOLDER}/{job.uuid.hex}-{job.kind.split('.')[1]}.xlsx"
        storage.delete(name)
        file = storage.save(name, ContentFile(workbook))
        return {**result, "errors": errors, "file": file}
    return {**result, "errors": errors}


def _keep_counts(job: Job):
    """Return what writes down how much is written, in the transaction that writes."""
    earlier = dict(job.result)

    def keep(report: ImportReport) -> None:
        counts = {
            "rows": report.rows,
            "created": report.created + earlier.get("created", 0),
            "updated": report.updated + earlier.get("updated", 0),
        }
        Job.objects.filter(pk=job.pk).update(result=counts)

    return keep


def _outcome(kind, source, report: ImportReport) -> tuple[dict, list[dict]]:
    """Return a report as a job keeps it: the first errors and warnings, with names."""
    result = report.as_json()
    errors, warnings = result.pop("errors"), result.pop("warnings")
    result |= {"errors_total": len(errors), "warnings_total": len(warnings)}
    result["warnings"] = kind.named(source, warnings[:SHOWN_ERRORS])
    result["part"] = kind.part(source)
    return result, kind.named(source, errors[:SHOWN_ERRORS])


def _refused(sentence, code: str) -> dict:
    return {"refused": str(sentence), "code": code}


def sweep_files(now: dt.datetime | None = None) -> int:
    """Delete the sheets and reports nobody needs any more: they name people.

    A sheet goes once it was applied, or after 7 days; a report after 30; and what no
    job knows of. A job that is not finished keeps its sheet.
    """
    now, storage = now or clock.now(), storages["private"]
    jobs = Job.objects.filter(kind__in=[CHECK, APPLY])
    reported = jobs.exclude(result_file="")
    reported.filter(created_at__lt=now - REPORT_KEPT).update(result_file="")
    reports = reported.values_list("result_file", flat=True)
    kept = _sheets_to_keep(jobs, now).union(reports)
    count = 0
    for path in _files(storage):
        # A fresh one may belong to a job that is not committed yet.
        is_fresh = storage.get_modified_time(path) > now - FRESH
        if path not in kept and not is_fresh:
            storage.delete(path)
            count += 1
    return count


def _sheets_to_keep(jobs, now) -> set[str]:
    unfinished = Q(state__in=UNFINISHED)
    kept, applied = set(), set()
    recent = jobs.filter(unfinished | Q(created_at__gte=now - SHEET_KEPT))
    for job in recent.only("kind", "state", "payload"):
        done = job.kind == APPLY and job.finished
        (applied if done else kept).add(job.payload["path"])
    return kept - applied


def _files(storage) -> list[str]:
    try:
        return [f"{FOLDER}/{name}" for name in storage.listdir(FOLDER)[1]]
    except FileNotFoundError:  # nothing was ever uploaded
        return []
