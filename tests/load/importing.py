"""Profile ``import``: an exam, and beside it a roster that is checked and written."""

import asyncio
import time

from lms.jobs.models import Job
from lms.people.models import User
from lms.people.services.organisations import ORGANISATION_COLUMNS, import_organisations
from lms.sheets.uploads import apply_checked, start_check
from lms.sheets.workbooks import read_sheet
from tests.benchmarks.bench_roster import USCC, write_roster
from tests.load import city, exam
from tests.load.run import Outcome, Scene

ASK_S = 1.0
NAME = "roster.xlsx"


def prepare(scene: Scene):
    """Make the exam, the roster and who imports it."""
    prepared = exam.prepare(scene)
    employer = f"统一社会信用代码,单位名称,镇街\n{USCC},示例厂,博铺街道\n"
    import_organisations(read_sheet(employer.encode(), ORGANISATION_COLUMNS))
    path = write_roster(scene.installation.folder / NAME, scene.options.rows)
    return prepared, path, city.make_staff()


async def play(scene: Scene, prepared) -> Outcome:
    """Let the phones take part; the import begins with the opening minute."""
    of_exam, path, staff = prepared
    importing = asyncio.create_task(_import(scene, path, staff))
    outcome = await exam.play(scene, of_exam)
    if not importing.done():
        outcome.notes.append("the import went on after the exam")
    outcome.notes.append(await importing)
    return outcome


async def _import(scene, path, staff) -> str:
    """Check and apply the roster as the back office does; say how long it took."""
    options = scene.options
    if options.sign_ins:
        await asyncio.sleep(options.sign_in_seconds)
    actor = await scene.database(User.objects.get, username=staff.name)
    with open(path, "rb") as stream:
        data = stream.read()
    began = time.monotonic()
    check = await scene.database(
        start_check, "roster", data, filename=NAME, actor=actor
    )
    check = await _finished(scene, check)
    checked = time.monotonic()
    digest = check.payload["sha256"]
    write = await scene.database(apply_checked, check, sha256=digest, actor=actor)
    write = await _finished(scene, write)
    written = time.monotonic()
    result = write.result
    return (
        f"roster of {options.rows} rows: checked in {checked - began:.1f} s, "
        f"written in {written - checked:.1f} s, {result.get('created')} created, "
        f"{result.get('rejected')} refused"
    )


async def _finished(scene, job) -> Job:
    while not job.finished:
        await asyncio.sleep(ASK_S)
        job = await scene.database(Job.objects.get, pk=job.pk)
    return job
