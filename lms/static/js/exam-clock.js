/* <exam-clock> shows the time left, from the server's clock.
 *
 * `set(deadline, serverNow)` is called with every answer of the server; between
 * them performance.now() counts, which no change of the phone's clock moves.
 * Fires "exam:minutes" when 10, 5 and 1 minutes are left and "exam:zero" once.
 * Without JavaScript the slotted text states the deadline. */
const WARNINGS = [10, 5, 1];

class ExamClock extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.tick(), 250);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  set(deadline, serverNow) {
    this.end = performance.now() + Date.parse(deadline) - Date.parse(serverNow);
    if (this.left > 0) this.over = false;
    if (this.warned === undefined) this.warned = this.left / 60000;
    this.tick();
  }

  /* Milliseconds left; never below zero. */
  get left() {
    return Math.max(0, this.end - performance.now());
  }

  tick() {
    if (this.end === undefined) return;
    const seconds = Math.ceil(this.left / 1000);
    const text = clockFace(seconds);
    if (this.textContent !== text) this.textContent = text;
    this.dataset.tone = seconds <= 60 ? "bad" : seconds <= 300 ? "warn" : "ok";
    this.warn(seconds / 60);
    if (seconds > 0 || this.over) return;
    this.over = true;
    this.tell("exam:zero");
  }

  warn(minutes) {
    const crossed = WARNINGS.filter((mark) => minutes <= mark && this.warned > mark);
    if (crossed.length === 0) return;
    const due = crossed[crossed.length - 1];
    this.warned = minutes;
    this.tell("exam:minutes", { minutes: due });
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

function clockFace(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const face = `${two(minutes)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${face}` : face;
}

customElements.define("exam-clock", ExamClock);
