"""Profile ``exam`` (P3, P20): sign in, start in the opening minute, save, hand in."""

import asyncio
import random
import time
from collections.abc import Sequence
from functools import partial

from exams.services.prepared_papers import prepare_papers
from tests.load import city
from tests.load.journal import compare
from tests.load.pace import at, spread, until
from tests.load.phones import Exam, Phone, sign_in
from tests.load.run import Outcome, Scene

SAVE_EVERY_S = 30
LEAD_S = 2
PATIENCE_S = 120


def prepare(scene: Scene):
    """Make the exam and its people."""
    options = scene.options
    sitting = city.make_sitting(minutes=options.minutes)
    signed_in = options.phones - min(options.sign_ins, options.phones)
    accounts = city.make_people(options.phones, sitting=sitting, signed_in=signed_in)
    notes = []
    if not options.fresh_papers:
        began = time.monotonic()
        made = prepare_papers(sitting)
        notes.append(f"{made} papers made ahead in {time.monotonic() - began:.1f} s")
    saving = max(0.0, options.minutes * 60 - options.opening)
    bystanders = city.make_bystanders(int(options.beside * saving))
    city.settle()
    return sitting, accounts, bystanders, notes


async def play(scene: Scene, prepared) -> Outcome:
    """Let the phones take part; compare what they were told with the journal."""
    sitting, accounts, bystanders, notes = prepared
    options = scene.options
    everybody = len(accounts) + len(bystanders)
    entry = scene.installation.entry_point(addresses=options.addresses or everybody)
    exam = Exam(str(sitting.uuid), by_page=options.start == "page")
    phones = [
        Phone(
            exam,
            entry.browser(number, account.session),
            name=account.name,
            password=city.PASSWORD,
            seed=number,
        )
        for number, account in enumerate(accounts)
    ]
    others = [
        partial(
            sign_in,
            entry.browser(number),
            account.name,
            city.PASSWORD,
            exam.steps["sign in beside"],
        )
        for number, account in enumerate(bystanders, len(accounts))
    ]
    await take_part(scene, phones, others)
    lost = await scene.database(compare, exam.ledger)
    unheard = sum(phone.state is None for phone in phones)
    if unheard:
        notes.append(f"{unheard} phones never got a paper")
    return Outcome(
        steps=list(exam.steps.values()),
        acknowledged=len(exam.ledger) + len(exam.ledger.receipts),
        lost=lost,
        notes=notes,
    )


async def take_part(scene: Scene, phones: list[Phone], others: Sequence) -> None:
    """Play one exam morning: every phone by its own plan, the phases told apart.

    ``others`` is what happens beside, evenly while the phones save.
    """
    options = scene.options
    opening = time.monotonic() + LEAD_S
    waiting = [phone for phone in phones if not phone.browser.cookies]
    moments = dict(
        zip(
            waiting, spread(opening, options.sign_in_seconds, len(waiting)), strict=True
        )
    )
    if waiting:
        opening += options.sign_in_seconds + LEAD_S
    end = opening + options.minutes * 60
    # Each in an order of its own: who signed in last may be the first to start.
    starts, ends = (
        random.sample(plan, len(plan))
        for plan in (
            spread(opening, options.opening, len(phones)),
            spread(end, options.closing, len(phones)),
        )
    )
    sittings = [
        asyncio.create_task(_sit(phone, moments.get(phone), start, last))
        for phone, start, last in zip(phones, starts, ends, strict=True)
    ]
    await until(opening)
    await scene.phase("sign in")
    opened = opening + options.opening
    beside = [
        asyncio.create_task(at(moment, act))
        for act, moment in zip(
            others, spread(opened, max(0.0, end - opened), len(others)), strict=True
        )
    ]
    await until(opened)
    await scene.phase("opening")
    await until(end)
    await scene.phase("saving")
    late = options.closing + PATIENCE_S
    done, pending = await asyncio.wait([*sittings, *beside], timeout=late)
    for task in pending:
        task.cancel()
    await scene.phase("closing")
    for task in done:
        task.result()


async def _sit(phone: Phone, signing: float | None, start: float, last: float):
    """Sign in, start, save every half minute until the phone's end, hand in, look."""
    if signing is not None:
        await at(signing, phone.sign_in)
    await at(start, phone.start)
    if phone.state is None:
        return
    moment = start + phone.rng.uniform(0, SAVE_EVERY_S)
    # Without a paper there was nothing to answer.
    while moment < time.monotonic():
        moment += SAVE_EVERY_S
    while moment < last - 1:
        await until(moment)
        phone.save_soon(moment)
        moment += SAVE_EVERY_S
    await at(last, phone.hand_in)
    await phone.see_result(time.monotonic())
