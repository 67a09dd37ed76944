import datetime as dt
import hashlib
import uuid

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms import clock
from lms.imports import IMPORTS, report_workbook
from lms.jobs.models import Job, JobState
from lms.jobs.services import enqueue
from lms.logs import mask_text
from lms.people.models import User
from lms.sheets import MAX_ROWS_ON_PAGE, SheetRefused, read_sheet

CHECK, APPLY = "imports.check", "imports.apply"
FOLDER = "imports"
SHOWN_ERRORS = 200
# How long a sheet waits for its confirmation, and what is wrong with it is kept.
SHEET_KEPT, REPORT_KEPT = dt.timedelta(days=7), dt.timedelta(days=30)
FRESH = dt.timedelta(hours=1)


class UploadRefusal(Exception):
    """An upload cannot go on. ``str()`` is fit for whoever sent it."""

    message = _("This upload cannot be applied. Send the file again.")

    def __str__(self):
        return str(self.message)


class FileChanged(UploadRefusal):
    message = _("The file is not the one you checked. Send it again.")


class FileGone(UploadRefusal):
    message = _("The file is kept for 7 days only. Send it again.")


class NotChecked(UploadRefusal):
    message = _("The check is not finished yet.")


class NoLongerAllowed(UploadRefusal):
    message = _("You may no longer run this import.")


@transaction.atomic
def start_check(slug: str, data: bytes, *, filename: str, actor: User) -> Job:
    """Keep an uploaded sheet privately and check it in a job; nothing is written."""
    digest = hashlib.sha256(data).hexdigest()
    suffix = ".csv" if filename.lower().endswith(".csv") else ".xlsx"
    path = storages["private"].save(
        f"{FOLDER}/{uuid.uuid4().hex}{suffix}", ContentFile(data)
    )
    payload = {
        "slug": slug,
        "path": path,
        "sha256": digest,
        "name": mask_text(filename[:100]),
    }
    return enqueue(CHECK, payload, user=actor)


@transaction.atomic
def apply_checked(job: Job, *, sha256: str, actor: User) -> Job:
    """Apply what a finished check has shown: the same bytes, once.

    The uploader's row is the lock: the same file confirmed twice at once is one
    job. Raises ``NotChecked`` and ``FileChanged``.
    """
    User.objects.select_for_update().get(pk=actor.pk)
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.kind != CHECK or job.state != JobState.DONE or "refused" in job.result:
        raise NotChecked
    if job.payload["sha256"] != sha256:
        raise FileChanged
    same = Job.objects.filter(
        kind=APPLY,
        payload__slug=job.payload["slug"],
        payload__sha256=sha256,
        created_by=actor,
        state__in=[JobState.QUEUED, JobState.RUNNING],
    ).first()
    if same is not None:
        return same
    done = Job.objects.filter(kind=APPLY, payload__check=str(job.uuid)).first()
    if done is not None:
        return done
    return enqueue(APPLY, {**job.payload, "check": str(job.uuid)}, user=actor)


def run_upload(job: Job, progress) -> dict:
    """Check or apply one upload; the report is kept as a private workbook.

    What was written is written down in the same transaction, and a later attempt
    keeps it: neither a runner that dies nor a report that fails makes it untrue.
    """
    kind, storage = IMPORTS[job.payload["slug"]], storages["private"]
    try:
        with storage.open(job.payload["path"]) as stream:
            data = stream.read()
    except FileNotFoundError:
        return _refused(FileGone.message, "file_gone")
    if hashlib.sha256(data).hexdigest() != job.payload["sha256"]:
        return _refused(FileChanged.message, "file_changed")
    try:
        sheet = read_sheet(data, kind.columns, max_rows=MAX_ROWS_ON_PAGE)
    except SheetRefused as refusal:
        return _refused(refusal, refusal.code)
    # How many, not how far: what a transaction writes is not seen before it ends.
    progress(0, len(sheet.rows))
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        if job.kind == APPLY and job.result:
            return {**job.result, "errors": job.errors}
        if not job.created_by.has_perm(kind.permission):  # since then, as it may be
            return _refused(NoLongerAllowed.message, "not_allowed")
        report = kind.importer(
            sheet, actor=job.created_by, dry_run=job.kind == CHECK, all_or_nothing=False
        )
        result = report.as_json()
        errors, warnings = result.pop("errors"), result.pop("warnings")
        result |= {"errors_total": len(errors), "warnings_total": len(warnings)}
        result["warnings"], errors = warnings[:SHOWN_ERRORS], errors[:SHOWN_ERRORS]
        Job.objects.filter(pk=job.pk).update(result=result, errors=errors)
    if errors:
        name = f"{FOLDER}/{job.uuid.hex}-{job.kind.split('.')[1]}.xlsx"
        storage.delete(name)
        file = storage.save(name, ContentFile(report_workbook(sheet, report)))
        return {**result, "errors": errors, "file": file}
    return {**result, "errors": errors}


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
    unfinished = Q(state__in=[JobState.QUEUED, JobState.RUNNING])
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
