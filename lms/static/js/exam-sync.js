/* <exam-sync> carries answers from the phone to the server (protocols 1.5).
 *
 * An answer is written to <exam-store> first, then sent: after 400 ms of quiet,
 * at most 2 s after the change, one request in flight, and it leaves the queue
 * only when the server has acknowledged it. Shows how many are unsent and how
 * long ago the server last answered; its slotted banner appears when offline.
 *
 * Events, bubbling: exam:saved {slot}, exam:time {deadline, server_now},
 * exam:stopped {why: "tab" | "device" | "closed"}, exam:signin, exam:receipt. */
const QUIET_MS = 400;
const LATEST_MS = 2000;
const TIMEOUT_MS = 8000;
const LONGEST_WAIT_MS = 8000;
const BATCH = 64;
const KEEPALIVE_BYTES = 60000;
const LOCKED_OUT = [401, 403, 404];
const STOPS = { closed: "closed", seat_taken: "device" };

class ExamSync extends HTMLElement {
  record = { epoch: 0, next: 1, items: [], dirty: {}, answers: {} };
  failures = 0;
  stopped = null;
  writing = new Set();
  rejected = new Set();

  connectedCallback() {
    this.line = this.querySelector("[data-line]");
    this.banner = this.querySelector("[data-banner]");
    addEventListener("online", () => this.hurry({ stale: true }));
    addEventListener("offline", () => this.show());
    addEventListener("pageshow", () => this.hurry());
    addEventListener("pagehide", () => this.sendLastWords());
    document.addEventListener("visibilitychange", () =>
      document.hidden ? this.sendLastWords() : this.hurry(),
    );
    setInterval(() => this.show(), 1000);
  }

  /* Begin with the server's state; what the phone still holds wins over it. */
  async begin(state) {
    const kept = await this.store.open();
    if (!(await this.store.claim(() => location.reload()))) this.stop("tab");
    this.token = state.seat_token;
    if (!this.token && !this.stopped) this.stop("device");
    this.adopt(state, kept);
    if (!this.stopped) await this.store.save(this.record);
    this.heard(state);
    this.hurry();
    return this.record.answers;
  }

  adopt(state, kept) {
    const same = kept?.epoch === state.seat_epoch;
    const items = (kept?.items ?? []).filter((i) => !same || i.seq > state.through);
    const unsent = { ...latest(items), ...kept?.dirty };
    this.record = {
      epoch: state.seat_epoch,
      next: Math.max(state.through + 1, same ? kept.next : 1),
      items: same ? items : [],
      dirty: same ? kept.dirty : unsent,
      answers: { ...state.answers, ...unsent },
    };
  }

  get store() {
    return this.querySelector("exam-store");
  }

  /* Note an answer: on the phone first, then on its way. */
  async put(slot, value) {
    if (this.stopped) return;
    this.record.dirty[slot] = value;
    this.record.answers[slot] = value;
    this.writing.add(slot);
    this.rejected.delete(slot);
    this.tell("exam:saved", { slot });
    this.onPhone = await this.store.save(this.record);
    this.writing.delete(slot);
    this.tell("exam:saved", { slot });
    this.schedule();
  }

  /* "saved" on the server, "local" on the phone, "unsaved" nowhere yet, "". */
  stateOf(slot) {
    const value = this.record.answers[slot];
    if (this.rejected.has(slot)) return "unsaved";
    if (this.isUnsent(slot)) {
      return this.onPhone !== false && !this.writing.has(slot) ? "local" : "unsaved";
    }
    return value === undefined || value === null ? "" : "saved";
  }

  isUnsent(slot) {
    return slot in this.record.dirty || this.record.items.some((i) => i.slot === slot);
  }

  get unsent() {
    const slots = this.record.items.map((item) => item.slot);
    return new Set([...slots, ...Object.keys(this.record.dirty)]).size;
  }

  schedule() {
    const now = performance.now();
    this.firstChange ??= now;
    const quiet = QUIET_MS * (0.9 + Math.random() * 0.2);
    const wait = Math.min(quiet, Math.max(0, this.firstChange + LATEST_MS - now));
    if (this.failures === 0) this.later(wait);
    this.show();
  }

  later(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), milliseconds);
  }

  /* The network may be back: do not wait out the back-off, and give up a request
   * that has hung since before. */
  hurry({ stale = false } = {}) {
    this.failures = 0;
    if (stale && performance.now() - this.sentAt > 1500) this.request.abort();
    this.later(Math.random() * 300);
    this.show();
  }

  /* Give every changed answer its number, on disk before it goes out. */
  async number() {
    this.firstChange = undefined;
    for (const [slot, value] of Object.entries(this.record.dirty)) {
      const seq = this.record.next++;
      this.record.items.push({ seq, slot, value, client_ms: Date.now() });
    }
    this.record.dirty = {};
    await this.store.save(this.record);
  }

  async flush() {
    if (this.flying || this.stopped || this.unsent === 0 || !this.token) return;
    this.flying = true;
    try {
      await this.number();
      const items = this.record.items.slice(0, BATCH);
      const reply = await this.call(this.dataset.answers, this.envelope(items));
      await this.settle(reply);
    } catch {
      this.failures += 1;
    } finally {
      this.flying = false;
    }
    this.show();
    if (this.unsent > 0) this.later(this.failures ? this.backOff() : 0);
  }

  envelope(items) {
    return { seat_epoch: this.record.epoch, items };
  }

  backOff() {
    const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** this.failures);
    return this.retryAfter ?? wait * (0.5 + Math.random() / 2);
  }

  async settle({ status, body, retryAfter }) {
    this.retryAfter = retryAfter;
    if (status === 200) return this.acknowledge(body);
    this.failures += 1;
    if (status === 409) return this.refused(body);
    if (status === 400) return this.drop(body);
    if (LOCKED_OUT.includes(status)) return this.regain();
    return undefined;
  }

  async acknowledge(body) {
    this.failures = 0;
    const acked = new Set(body.acked ?? []);
    const clashes = new Set(body.conflicts ?? []);
    const done = this.record.items.filter((item) => acked.has(item.seq));
    this.record.items = this.record.items
      .filter((item) => !acked.has(item.seq))
      .map((item) =>
        clashes.has(item.seq) ? { ...item, seq: this.record.next++ } : item,
      );
    await this.store.save(this.record);
    this.heard(body);
    for (const { slot } of done) this.tell("exam:saved", { slot });
  }

  /* The server has kept these as evidence, but they can no longer count. */
  async refused(body) {
    if (!(body.code in STOPS)) return;
    this.stop(STOPS[body.code]);
    this.record.items = [];
    this.record.dirty = {};
    await this.store.save(this.record);
  }

  /* Answers the server can never take: shown as not saved, their numbers kept. */
  async drop(body) {
    await this.acknowledge(body);
    const bad = new Set((body.errors ?? []).map((error) => error.seq));
    for (const item of this.record.items.filter(({ seq }) => bad.has(seq))) {
      item.value = null;
      this.rejected.add(item.slot);
      this.tell("exam:saved", { slot: item.slot });
    }
    await this.store.save(this.record);
  }

  /* The seat token no longer fits: fetch a fresh one, or ask to sign in. */
  async regain() {
    const { status, body } = await this.call(this.dataset.resume, null);
    if (status === 200 && body.seat_token) return this.resume(body);
    this.token = null;
    return status === 200 ? this.stop("device") : this.tell("exam:signin");
  }

  /* Go on after signing in again: a new seat, the same answers. */
  async resume(state) {
    const kept = this.record;
    this.token = state.seat_token;
    this.stopped = null;
    this.adopt(state, kept);
    await this.store.save(this.record);
    this.heard(state);
    this.hurry();
  }

  async takeSeat() {
    const { status, body } = await this.call(this.dataset.seat, {});
    if (status === 200) await this.resume(body);
    return status === 200;
  }

  /* Send what is left, then hand in. Resolves to the receipt or a reason. */
  async submit() {
    for (let round = 0; round < 4; round += 1) {
      await this.drain();
      if (this.unsent > 0) return { failed: "unsent" };
      const { status, body } = await this.call(this.dataset.submit, {
        seat_epoch: this.record.epoch,
        final_seq: this.record.next - 1,
        answers_sha256: this.querySelector("exam-digest").of(this.record.answers),
      });
      if (status === 200) return this.finish(body);
      if (status === 409 && body.code === "missing") this.fillGaps(body.missing);
      else if (status === 409 && body.code === "digest") await this.refetch();
      else if (LOCKED_OUT.includes(status)) await this.regain();
      else return { failed: body?.code ?? "network" };
    }
    return { failed: "network" };
  }

  async drain() {
    for (let round = 0; round < 6 && this.unsent > 0 && !this.stopped; round += 1) {
      await this.flush();
      if (this.failures) break;
    }
  }

  fillGaps(missing) {
    const [slot, value] = Object.entries(this.record.answers)[0] ?? [this.dataset.slot, null];
    for (const seq of missing) {
      this.record.items.push({ seq, slot, value, client_ms: Date.now() });
    }
    this.record.items.sort((one, other) => one.seq - other.seq);
  }

  /* The server counts other answers than the phone shows: show what it has. */
  async refetch() {
    const { status, body } = await this.call(this.dataset.resume, null);
    if (status !== 200) return;
    this.record.answers = { ...body.answers };
    await this.store.save(this.record);
    this.tell("exam:answers");
  }

  /* The receipt is here: nothing of the exam stays on the phone. */
  async finish(receipt) {
    this.stop("submitted");
    await this.store.wipe();
    return { receipt };
  }

  stop(why) {
    this.stopped = why;
    clearTimeout(this.timer);
    this.tell("exam:stopped", { why });
  }

  /* The page is being put away: one last request that may outlive it. */
  sendLastWords() {
    if (this.stopped || this.unsent === 0 || !this.token) return;
    this.number();
    const body = JSON.stringify(this.envelope(this.record.items.slice(0, BATCH)));
    if (body.length > KEEPALIVE_BYTES) return;
    fetch(this.dataset.answers, { ...this.options(body), keepalive: true }).catch(
      () => {},
    );
  }

  async call(url, payload) {
    this.request = new AbortController();
    this.sentAt = performance.now();
    const timeout = setTimeout(() => this.request.abort(), TIMEOUT_MS);
    try {
      const body = payload === null ? null : JSON.stringify(payload);
      const { signal } = this.request;
      const reply = await fetch(url, { ...this.options(body), signal });
      const after = Number(reply.headers.get("Retry-After"));
      return {
        status: reply.redirected ? 401 : reply.status,
        body: await reply.json().catch(() => ({})),
        retryAfter: after > 0 ? Math.min(after * 1000, 60000) : undefined,
      };
    } finally {
      clearTimeout(timeout);
    }
  }

  options(body) {
    const headers = { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") };
    if (this.token) headers["X-Seat-Token"] = this.token;
    if (body === null) return { headers, cache: "no-store" };
    headers["Content-Type"] = "application/json";
    return { method: "POST", headers, body, cache: "no-store" };
  }

  heard(body) {
    if (!body.deadline) return;
    this.lastHeard = performance.now();
    this.tell("exam:time", body);
  }

  show() {
    const offline = !navigator.onLine || this.failures > 1;
    this.banner.hidden = !offline || Boolean(this.stopped);
    this.toggleAttribute("data-offline", offline);
    const unsent = this.unsent;
    this.dataset.tone = unsent === 0 ? "ok" : offline ? "bad" : "info";
    const count = unsent ? fill(this.dataset.unsent, unsent) : this.dataset.allSaved;
    const text = `${count} · ${this.age()}`;
    if (this.line.textContent !== text) this.line.textContent = text;
  }

  age() {
    if (this.lastHeard === undefined) return this.dataset.ageNever;
    const seconds = Math.round((performance.now() - this.lastHeard) / 1000);
    if (seconds < 10) return this.dataset.ageNow;
    if (seconds < 60) return fill(this.dataset.ageSeconds, Math.floor(seconds / 10) * 10);
    return fill(this.dataset.ageMinutes, Math.floor(seconds / 60));
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

const latest = (items) => Object.fromEntries(items.map((i) => [i.slot, i.value]));

const fill = (text, number) => text.replace("{n}", number);

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

customElements.define("exam-sync", ExamSync);
