/* <exam-sync> carries answers from the phone to the server (S1.5).
 *
 * An answer is written to <exam-store> first, then sent by <json-request>: after
 * 400 ms of quiet, at most 2 s after the change, one request in flight, and it
 * leaves the queue only when the server has acknowledged it. Shows how many are
 * unsent and how long ago the server last answered; its slotted banner appears
 * when offline.
 *
 * Events, bubbling: exam:saved {slot}, exam:answers (the server's, to be shown),
 * exam:time {deadline, grace_until, server_now}, exam:signin, exam:fault (of this page,
 * not of the network), and exam:stopped {why}: "tab" and "device" only read, "closed" is
 * over, "submitted" has the receipt, "broken" never began. */
const QUIET_MS = 400;
const LATEST_MS = 2000;
const LONGEST_WAIT_MS = 8000;
const FRESH_MS = 5000;
const LOCKED_OUT = [401, 403, 404];

class ExamSync extends HTMLElement {
  constructor() {
    super();
    this.record = { epoch: 0, next: 1, items: [], dirty: {}, known: {}, answers: {} };
    this.token = null;
    this.failures = 0;
    this.faults = 0;
    this.stopped = null;
    this.asking = false; // wants to hear from the server, with or without answers to send
    this.wantsSeat = false;
    this.writing = new Set();
    this.rejected = new Set();
  }

  connectedCallback() {
    this.line = this.querySelector("[data-line]");
    this.banner = this.querySelector("[data-banner]");
  }

  get store() {
    return this.querySelector("exam-store");
  }

  get link() {
    return this.querySelector("json-request");
  }

  async post(url, payload, expects) {
    const reply = await this.link.post(url, payload, { expects, headers: this.seat });
    this.status = reply.status;
    return reply;
  }

  get seat() {
    return this.token ? { "X-Seat-Token": this.token } : {};
  }

  listen() {
    addEventListener("online", () => this.wake({ networkChanged: true }));
    addEventListener("offline", () => this.show());
    addEventListener("pageshow", () => this.wake());
    addEventListener("pagehide", () => this.sendLastWords());
    document.addEventListener("visibilitychange", () =>
      document.hidden ? this.sendLastWords() : this.wake(),
    );
    setInterval(() => this.show(), 1000);
  }

  /* Begin with the server's state; what the phone still holds wins over it. */
  async begin(state) {
    const kept = await this.store.open();
    this.listen();
    const free = await this.store.claim({
      onFree: () => location.reload(),
      onLost: () => this.stop("tab"),
    });
    this.token = state.seat_token;
    this.record = this.store.merge(state, kept);
    if (!free) this.stop("tab");
    else if (!state.seat_token) this.stop("device");
    else await this.store.save(this.record);
    this.heard(state);
    this.hurry();
    return this.record.answers;
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
    if (this.firstChange === undefined) this.firstChange = now;
    const quiet = QUIET_MS * (0.9 + Math.random() * 0.2);
    const wait = Math.min(quiet, Math.max(0, this.firstChange + LATEST_MS - now));
    if (this.failures === 0 || !this.timer) this.later(wait);
    this.show();
  }

  later(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.flush();
    }, milliseconds);
  }

  /* Awake, or on the network again. The phone's clock may have stood still, so the
   * wall clock says whether the server's time is still fresh. */
  wake({ networkChanged = false } = {}) {
    if (networkChanged) this.link.giveUpHung();
    if (Math.abs(Date.now() - this.heardAt) > FRESH_MS) this.asking = true;
    this.hurry();
  }

  /* Hear from the server even with nothing to send: the deadline may have moved. */
  ask() {
    this.asking = true;
    this.hurry();
  }

  takeSeat() {
    this.wantsSeat = true;
    this.hurry();
  }

  /* Do not wait out the back-off. */
  hurry() {
    this.failures = 0;
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

  /* Without a token the candidate sees why, and what to do: nothing to retry. */
  get wanted() {
    if (this.wantsSeat) return true;
    return !this.stopped && this.token && (this.unsent > 0 || this.asking);
  }

  async flush() {
    if (!this.flight && this.wanted) {
      this.alone(() => (this.wantsSeat ? this.regain() : this.send()));
    }
    await this.flight;
  }

  /* One request in flight, and behind it the next if there is more to say. */
  alone(task) {
    const done = task().finally(() => {
      this.flight = null;
      this.show();
      const failures = this.failures + this.faults;
      if (this.wanted) this.later(failures ? this.backOff(failures) : 0);
    });
    this.flight = done.catch((fault) => this.fail(fault));
    return done;
  }

  /* A fault of this page is no lack of network: say so, and go on trying. */
  fail(fault) {
    this.faults += 1;
    this.tell("exam:fault");
    throw fault;
  }

  backOff(failures) {
    const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures);
    return this.retryAfter ?? wait * (0.5 + Math.random() / 2);
  }

  async send() {
    if (this.unsent > 0) await this.number();
    const envelope = this.envelope();
    const reply = await this.post(this.dataset.answers, envelope, "state");
    if (!this.stopped) await this.settle(reply, envelope.items);
  }

  envelope() {
    const { epoch, items } = this.record;
    return { seat_epoch: epoch, items: this.link.fitting(items) };
  }

  async settle({ status, body, retryAfter }, sent) {
    this.retryAfter = retryAfter;
    this.failures += 1;
    const gone = await this.acknowledge(body);
    if (gone || (status === 200 && sent.length === 0)) this.failures = 0;
    if (body.state === "closed") return this.close();
    if (body.code === "seat_taken") return this.stop("device");
    this.heard(body);
    if (status === 400) return this.drop(body);
    if (LOCKED_OUT.includes(status)) return this.regain();
    return undefined;
  }

  /* Let go of what the server has; say how many that were. Where it holds another
   * answer under a number, the slot's newest answer gets a new number. */
  async acknowledge({ acked = [], conflicts = [] }) {
    const { items, dirty, known, answers } = this.record;
    const done = items.filter((item) => acked.includes(item.seq));
    const clashes = items.filter((item) => conflicts.includes(item.seq));
    const gone = [...done, ...clashes];
    if (gone.length === 0) return 0;
    Object.assign(known, latest(done));
    for (const { slot } of clashes) dirty[slot] = answers[slot];
    this.record.items = items.filter((item) => !gone.includes(item));
    await this.store.save(this.record);
    for (const { slot } of gone) this.tell("exam:saved", { slot });
    return gone.length;
  }

  /* Answers the server can never take: shown as not saved, their numbers kept. */
  async drop({ errors = [] }) {
    const bad = errors.map((error) => error.seq);
    for (const item of this.record.items.filter(({ seq }) => bad.includes(seq))) {
      item.value = null;
      this.reject(item.slot);
    }
    await this.store.save(this.record);
  }

  reject(slot) {
    this.rejected.add(slot);
    this.tell("exam:saved", { slot });
  }

  /* The seat token no longer fits, or the candidate wants the seat. Whether to go on
   * here, to sign in or to stop is for the server to say; without a word from it,
   * ask again later. */
  async regain() {
    const seat = this.wantsSeat;
    this.wantsSeat = false;
    const { status, body } = seat
      ? await this.post(this.dataset.seat, {}, "seat_epoch")
      : await this.link.get(this.dataset.resume, { expects: "seat_epoch" });
    if (status === 200 && body.seat_token) {
      if (seat) this.failures = 0;
      return this.resume(body);
    }
    if (body.state === "closed" || body.code === "closed") return this.close();
    if (status === 200 || status === 401) {
      this.token = null;
      return status === 200 ? this.stop("device") : this.tell("exam:signin");
    }
    this.wantsSeat = this.wantsSeat || seat;
    this.asking = true;
    this.failures += 1;
    return undefined;
  }

  /* Go on with a seat that fits; a request will show that it does. */
  async resume(state) {
    this.token = state.seat_token;
    if (this.stopped === "device") this.stopped = null;
    this.record = this.store.merge(state, this.record);
    await this.store.save(this.record);
    this.tell("exam:answers");
    this.heard(state);
    this.asking = true;
  }

  /* Send what is left, then hand in. Resolves to the receipt or a reason. */
  async submit() {
    for (let round = 0; round < 4; round += 1) {
      await this.drain();
      if (this.unsent > 0 || !this.token || this.stopped) break;
      const { status, body } = await this.alone(() => this.handIn());
      if (status === 200) return this.finish(body);
      if (body.code === "missing") this.fillGaps(body.missing);
      else if (body.code === "seat_taken") this.stop("device");
      else if (body.code === "digest" || LOCKED_OUT.includes(status)) {
        await this.alone(() => this.regain());
        if (body.code === "digest") return { failed: "digest" };
      } else break;
    }
    return { failed: this.reason };
  }

  /* Why the last request did not bring what it was for. */
  get reason() {
    if (LOCKED_OUT.includes(this.status)) return "signin";
    return this.status === 0 || this.status >= 429 ? "network" : "fault";
  }

  handIn() {
    const envelope = {
      seat_epoch: this.record.epoch,
      final_seq: this.record.next - 1,
      answers_sha256: this.querySelector("exam-digest").of(this.record.answers),
    };
    return this.post(this.dataset.submit, envelope, "submitted_at");
  }

  async drain() {
    do await this.flush();
    while (this.unsent > 0 && this.wanted && this.failures === 0);
  }

  fillGaps(missing) {
    const [slot, value] = Object.entries(this.record.answers)[0] ?? [this.dataset.slot, null];
    for (const seq of missing) {
      this.record.items.push({ seq, slot, value, client_ms: Date.now() });
    }
    this.record.items.sort((one, other) => one.seq - other.seq);
  }

  /* The receipt is here: nothing of the exam stays on the phone. */
  async finish(receipt) {
    this.stop("submitted");
    await this.store.wipe();
    return { receipt };
  }

  /* Over: what came too late is evidence on the server and never counts. */
  async close() {
    this.stop("closed");
    Object.keys(this.record.answers)
      .filter((slot) => this.isUnsent(slot))
      .forEach((slot) => this.reject(slot));
    await this.store.wipe();
  }

  stop(why) {
    this.stopped = why;
    clearTimeout(this.timer);
    this.show();
    this.tell("exam:stopped", { why });
  }

  /* The page is being put away: one last request that may outlive it. */
  sendLastWords() {
    if (this.stopped || this.unsent === 0 || !this.token) return;
    this.number();
    this.link.postAndLeave(this.dataset.answers, this.envelope(), { headers: this.seat });
  }

  heard(body) {
    if (!body.deadline) return;
    this.asking = false;
    this.faults = 0;
    this.heardAt = Date.now();
    this.lastHeard = performance.now();
    this.tell("exam:time", body);
  }

  show() {
    const offline = !navigator.onLine || this.failures > 1;
    this.banner.hidden = !offline || Boolean(this.stopped);
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

customElements.define("exam-sync", ExamSync);
