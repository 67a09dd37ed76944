"""Profile ``jobs`` (P19): short jobs asked for at a rate, and when each was done."""

import asyncio
import time

from certificates.services.batch import ISSUE
from lms.jobs.models import Job, JobState
from lms.jobs.services import enqueue
from lms.people.models import User
from tests.factories.classes import TrainingClassFactory
from tests.load import city
from tests.load.pace import Step, at, spread
from tests.load.run import Outcome, Scene

LEFT_S = 60


def prepare(scene: Scene):
    """Make a class in which nobody has earned a certificate, and who asks for them."""
    return TrainingClassFactory().pk, city.make_staff()


async def play(scene: Scene, prepared) -> Outcome:
    """Ask for the jobs in an open loop; read from their rows what became of them."""
    training_class, staff = prepared
    options, step = scene.options, Step("job")
    actor = await scene.database(User.objects.get, username=staff.name)
    payload = {"training_class": training_class}

    async def ask(planned):
        step.leave(planned)
        await scene.database(enqueue, ISSUE, payload, user=actor)

    count = int(options.rate * options.seconds)
    moments = spread(time.monotonic(), options.seconds, count)
    await asyncio.gather(*[at(moment, ask) for moment in moments])
    await scene.phase("asked for")
    await _until_done(scene)
    step.last_done = time.monotonic()
    await scene.phase("the rest")
    for job in await scene.database(list, Job.objects.all()):
        done = job.state == JobState.DONE
        ended = job.finished_at if done else job.created_at
        step.took((ended - job.created_at).total_seconds(), 200 if done else 500)
    return Outcome(steps=[step], acknowledged=step.done)


async def _until_done(scene):
    end = time.monotonic() + LEFT_S
    while await scene.database(Job.objects.unfinished().exists):
        if time.monotonic() > end:
            return
        await asyncio.sleep(0.1)
