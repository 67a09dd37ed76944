"""A phone in an exam: signs in, starts, saves an answer now and then, hands in.

It sends what ``exam-sync.js`` sends: numbered answers, those not yet acknowledged
once more with the next ones, and a digest of all at the end.
"""

import asyncio
import json
import random
import re
import time

from exams.kinds import kind_of
from exams.kinds.tokens import answers_digest
from tests.load.journal import Ledger
from tests.load.pace import GOOD, Step

STATE = re.compile(
    rb'<script id="exam-state" type="application/json">(.*?)</script>', re.S
)
STEPS = ("sign in", "start", "save", "sign in beside", "hand in", "result page")
GIVEN_UP = 3


class Exam:
    """What all phones of a run share: the sitting, the steps, what was told."""

    def __init__(self, sitting: str, *, by_page: bool):
        self.sitting = sitting
        self.by_page = by_page
        self.steps = {name: Step(name) for name in STEPS}
        self.ledger = Ledger()


class Phone:
    """One candidate's phone."""

    def __init__(self, exam: Exam, browser, *, name: str, password: str, seed: int):
        self.exam = exam
        self.browser = browser
        self.name, self.password = name, password
        self.rng = random.Random(seed)
        self.state = None
        self.number = 0
        self.answers: dict[str, object] = {}
        self.unsent: dict[int, tuple] = {}
        self.flights: set[asyncio.Task] = set()
        self.held = 0.0

    async def sign_in(self, planned: float) -> None:
        """Sign in, before the exam."""
        step = self.exam.steps["sign in"]
        await sign_in(self.browser, self.name, self.password, step, planned)
        self.held = time.monotonic()

    async def start(self, planned: float) -> None:
        """Press the button and get the paper, as a page or by the call."""
        step = self.exam.steps["start"]
        step.leave(planned, held=self.held)
        sitting = f"/exams/sittings/{self.exam.sitting}"
        if self.exam.by_page:
            answer = await self.browser.post_form(f"{sitting}/begin/")
            page = answer.headers.get("location", "")
            if answer.status == 302 and page.endswith("/run/"):
                answer = await self.browser.get(page)
        else:
            answer = await self.browser.post_json(f"{sitting}/start", {})
        status = self._adopt(answer) if answer.status == 200 else answer.status
        # Sent back to the page before the exam is no start.
        step.answered(planned, 409 if status == 302 else status)

    def _adopt(self, answer) -> int:
        text = answer.body
        if self.exam.by_page:
            found = STATE.search(text)
            if not found:
                return 409
            text = found[1]
        state = json.loads(text)
        if not state["seat_token"]:
            return 409
        self.state = state
        self.path = f"/exams/attempts/{state['attempt']}"
        self.seat = {"X-Seat-Token": state["seat_token"]}
        sections = state["paper"]["sections"]
        self.slots = [slot for section in sections for slot in section["slots"]]
        self.number = state["through"]
        return 200

    async def save(self, planned: float) -> None:
        """Give one answer and send it, with what earlier requests did not bring."""
        slot = self.slots[self.number % len(self.slots)]
        value = kind_of(slot["type"]).guess(slot, self.rng)
        self.number += 1
        self.answers[slot["slot"]] = value
        self.unsent[self.number] = (slot["slot"], value)
        await self._send(planned)

    def save_soon(self, planned: float) -> None:
        """Save without waiting for the answer."""
        flight = asyncio.create_task(self.save(planned))
        self.flights.add(flight)
        flight.add_done_callback(self.flights.discard)

    async def _send(self, planned):
        step, sent, self.unsent = self.exam.steps["save"], self.unsent, {}
        items = [
            {"seq": seq, "slot": slot, "value": value, "client_ms": int(planned * 1000)}
            for seq, (slot, value) in sent.items()
        ]
        body = {"seat_epoch": self.state["seat_epoch"], "items": items}
        step.leave(planned, held=self.held)
        answer = await self.browser.post_json(f"{self.path}/answers", body, **self.seat)
        step.answered(planned, answer.status)
        for seq in _acknowledged(answer):
            if seq in sent:
                slot, value = sent.pop(seq)
                self.exam.ledger.saved(
                    self.state["attempt"],
                    epoch=self.state["seat_epoch"],
                    seq=seq,
                    slot=slot,
                    value=value,
                )
        self.unsent = sent | self.unsent

    async def hand_in(self, planned: float) -> None:
        """Wait for what is under way, send what is left, hand in."""
        step = self.exam.steps["hand in"]
        while self.flights:
            await asyncio.gather(*self.flights)
            self.held = time.monotonic()
        for _round in range(GIVEN_UP):
            if not self.unsent:
                break
            await self._send(planned)
            self.held = time.monotonic()
        body = {
            "seat_epoch": self.state["seat_epoch"],
            "final_seq": self.number,
            "answers_sha256": answers_digest(self.answers),
        }
        step.leave(planned, held=self.held)
        answer = await self.browser.post_json(f"{self.path}/submit", body, **self.seat)
        step.answered(planned, answer.status)
        if answer.status == 200:
            receipt = answer.body.decode()
            self.exam.ledger.handed_in(self.state["attempt"], receipt)

    async def see_result(self, planned: float) -> None:
        """Open the page that says passed or failed."""
        step = self.exam.steps["result page"]
        step.leave(planned)
        answer = await self.browser.get(f"{self.path}/result/")
        step.answered(planned, answer.status)


async def sign_in(browser, name, password, step: Step, planned: float) -> None:
    """Fetch the form and post it."""
    step.leave(planned)
    answer = await browser.get("/accounts/login/")
    status = answer.status
    if status == 200:
        answer = await browser.post_form(
            "/accounts/login/", login=name, password=password
        )
        # The form once more, with an error, is no sign-in.
        status = 401 if answer.status == 200 else answer.status
    step.answered(planned, status)


def _acknowledged(answer) -> list[int]:
    """Return the numbers an answer acknowledges, whatever else it says."""
    if answer.status not in GOOD and answer.status not in (400, 409):
        return []
    try:
        return json.loads(answer.body).get("acked", [])
    except ValueError:
        return []
