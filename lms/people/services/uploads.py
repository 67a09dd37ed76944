import hashlib
import uuid

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.imports import IMPORTS, report_workbook
from lms.jobs.models import Job, JobState
from lms.jobs.services import enqueue
from lms.logs import mask_text
from lms.people.models import User
from lms.sheets import MAX_ROWS_ON_PAGE, SheetRefused, read_sheet

CHECK, APPLY = "imports.check", "imports.apply"
SHOWN_ERRORS = 200
REPORT_FROM_STEP = 3


class UploadRefusal(Exception):
    """An upload cannot go on. ``str()`` is fit for whoever sent it."""

    message = _("This upload cannot be applied. Send the file again.")

    def __str__(self):
        return str(self.message)


class FileChanged(UploadRefusal):
    message = _("The file is not the one you checked. Send it again.")


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
        f"imports/{uuid.uuid4().hex}{suffix}", ContentFile(data)
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
    """Check or apply one upload; the report is kept as a private workbook."""
    kind = IMPORTS[job.payload["slug"]]
    if not job.created_by.has_perm(kind.permission):  # since then, as it may be
        return {"refused": str(NoLongerAllowed.message), "code": "not_allowed"}
    storage = storages["private"]
    with storage.open(job.payload["path"]) as stream:
        data = stream.read()
    if hashlib.sha256(data).hexdigest() != job.payload["sha256"]:
        return {"refused": str(FileChanged.message), "code": "file_changed"}
    try:
        sheet = read_sheet(data, kind.columns, max_rows=MAX_ROWS_ON_PAGE)
    except SheetRefused as refusal:
        return {"refused": str(refusal), "code": refusal.code}
    # Steps, not rows: what a transaction writes is not seen before it ends.
    progress(1, REPORT_FROM_STEP)
    report = kind.importer(
        sheet, actor=job.created_by, dry_run=job.kind == CHECK, all_or_nothing=False
    )
    progress(2, REPORT_FROM_STEP)
    result = report.as_json()
    errors, warnings = result.pop("errors"), result.pop("warnings")
    result |= {"errors_total": len(errors), "warnings_total": len(warnings)}
    result["warnings"] = warnings[:SHOWN_ERRORS]
    if errors:
        name = f"imports/{job.uuid.hex}-{job.kind.split('.')[1]}.xlsx"
        storage.delete(name)
        result["file"] = storage.save(name, ContentFile(report_workbook(sheet, report)))
    return {**result, "errors": errors[:SHOWN_ERRORS]}
