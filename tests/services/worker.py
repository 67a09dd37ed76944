"""Handlers a Celery worker of the tests knows beside the product's own."""

import logging
import os
import time

from lms.jobs.registry import handler


@handler("test.double")
def double(job, progress):
    progress(1, 1)
    return {"twice": job.payload["n"] * 2, "pid": os.getpid()}


@handler("test.say_a_number")
def say_a_number(job, progress):
    """Log and print what nobody of the product would."""
    logging.getLogger("celery.task").error("task: %s", job.payload["number"])
    logging.getLogger("lms").error("site: %s", job.payload["number"])
    return {}


@handler("test.hang_once")
def hang_once(job, progress):
    """Hang on the first attempt, as a machine that is about to lose its power."""
    progress(1, 2)
    if job.attempts == 1:
        time.sleep(60)
    return {"attempt": job.attempts}
