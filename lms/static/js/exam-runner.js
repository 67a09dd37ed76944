/* <exam-runner> is the exam on a phone: one question a screen, an answer sheet,
 * hand-in and receipt. It draws the paper from JSON with the templates inside it;
 * <exam-sync> keeps and sends the answers, <exam-clock> the time.
 *
 * The form inside it asks the same questions page by page. It stays until every part
 * has been loaded and the paper is drawn, so a part that does not arrive or fails
 * leaves an exam that can be written; what was given in the form by then is kept.
 *
 * How a question looks is the matter of its kind, a custom element of its own file
 * exam-kinds/<kind>.js:
 *   draw(slot, { clone, stem })  put the inputs of a question into itself
 *   inputs                       these inputs, in the order of the plain form
 *   value                        what they say, as the server takes it; can be set
 *   isComplete(value)            whether the question counts as answered */
const PARTS = ["store", "digest", "clock", "sync", "signin"].map((name) => `exam-${name}`);
const UNCERTAIN_MS = 1000; // a tap so soon was meant for what stood there before

class ExamRunner extends HTMLElement {
  async connectedCallback() {
    this.sync = this.querySelector("exam-sync");
    this.clock = this.querySelector("exam-clock");
    this.live = this.find("live");
    this.form = this.find("paper");
    try {
      await this.begin();
    } catch (fault) {
      this.giveUp();
      throw fault;
    }
  }

  find(name) {
    return this.querySelector(`[data-part="${name}"]`);
  }

  /* A copy of a template; a place for text may have words around its {n}. */
  clone(name, texts = {}) {
    const template = this.querySelector(`template[data-make="${name}"]`);
    const copy = template.content.cloneNode(true);
    for (const place of copy.querySelectorAll("[data-text]")) {
      const text = texts[place.dataset.text];
      const words = place.textContent || "{n}";
      if (text !== undefined) place.textContent = words.replace("{n}", () => text);
    }
    return copy.firstElementChild;
  }

  async begin() {
    const state = JSON.parse(document.getElementById(this.dataset.state).textContent);
    const slots = state.paper.sections.flatMap((section) => section.slots);
    const kinds = new Set(slots.map((slot) => `exam-kind-${slot.type}`));
    const needed = ["json-request", ...PARTS, ...kinds];
    await Promise.all(needed.map((name) => customElements.whenDefined(name)));
    this.questions = slots.map((slot, index) => this.draw(slot, index, slots.length));
    this.form.append(...this.questions.map((question) => question.element));
    this.sheet = slots.map((slot, index) => this.drawCell(index));
    this.find("cells").append(...this.sheet.map((cell) => cell.parentElement));
    this.sync.dataset.slot = slots[0].slot;
    this.listen();
    this.restore(await this.sync.begin(state));
    const given = this.takeFromForm();
    this.classList.add("is-running");
    const open = Math.max(0, this.firstOpen());
    this.goTo(given ? this.questions.indexOf(given) : open, { quietly: true });
  }

  /* Answer the question of the plain form as the form stands; then it has served. */
  takeFromForm() {
    const fallback = this.querySelector("[data-fallback]");
    const inputs = [...fallback.querySelectorAll("[data-slot] [name=value]")];
    const changed = inputs.some(
      (one) => one.checked !== one.defaultChecked || one.value !== one.defaultValue,
    );
    const { slot } = fallback.querySelector("[data-slot]").dataset;
    const question = this.questions.find((one) => one.slot === slot);
    if (changed) {
      question.kind.inputs.forEach((input, index) => {
        input.checked = inputs[index].checked;
        if (input.type === "text") input.value = inputs[index].value;
      });
      this.sync.put(slot, question.kind.value);
    }
    fallback.remove();
    return changed ? question : null;
  }

  /* The plain form is on the screen still; nothing of the runner is to act. */
  giveUp() {
    if (this.questions) this.sync.stop("broken");
    this.hideNotices();
    this.form.textContent = "";
  }

  listen() {
    this.addEventListener("exam:saved", ({ detail }) => this.mark(detail.slot));
    this.addEventListener("exam:answers", () => this.restore(this.sync.record.answers));
    this.addEventListener("exam:time", ({ detail }) => this.timeHeard(detail));
    this.addEventListener("exam:minutes", ({ detail }) =>
      this.say(this.dataset.minutes.replace("{n}", detail.minutes)),
    );
    this.addEventListener("exam:zero", () => this.timeIsUp());
    this.addEventListener("exam:stopped", ({ detail }) => this.stopped(detail.why));
    this.addEventListener("exam:signin", () => this.find("signin").open());
    this.addEventListener("exam:signed-in", () => this.takeSeat());
    this.addEventListener("exam:fault", () => this.notice("fault"));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", ({ target }) => this.changed(target));
    this.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-do]");
      if (button) this.act(button);
    });
  }

  /* After a fault a button shows a message and can be pressed again. */
  async act(button) {
    try {
      await this[button.dataset.do](button);
    } catch (fault) {
      this.notice("fault");
      throw fault;
    }
  }

  /* --- drawing ------------------------------------------------------------- */

  draw(slot, index, total) {
    const element = this.clone("question", {
      number: this.dataset.number.replace("{n}", index + 1).replace("{of}", total),
      kind: this.getAttribute(`data-kind-${slot.type}`),
      marks: this.dataset.marks.replace("{n}", slot.marks),
      stem: slot.stem,
    });
    const stem = element.querySelector("[data-text=stem]");
    const kind = document.createElement(`exam-kind-${slot.type}`);
    kind.draw(slot, { clone: this.clone.bind(this), stem });
    element.querySelector("[data-saved]").before(kind);
    element.dataset.kind = slot.type;
    element.hidden = true;
    return { ...slot, element, kind };
  }

  drawCell(index) {
    const item = this.clone("cell", { number: index + 1 });
    const button = item.querySelector("button");
    button.dataset.index = index;
    return button;
  }

  /* --- answers ------------------------------------------------------------- */

  changed(target) {
    const question = this.questions.find(({ slot }) => target.name === `slot-${slot}`);
    if (question) this.sync.put(question.slot, question.kind.value);
  }

  restore(answers) {
    for (const question of this.questions) {
      question.kind.value = given(answers, question.slot);
      this.mark(question.slot);
    }
  }

  isAnswered({ slot, kind }) {
    return kind.isComplete(given(this.sync.record.answers, slot));
  }

  firstOpen() {
    return this.questions.findIndex((question) => !this.isAnswered(question));
  }

  /* The honest word under a question, and its cell of the answer sheet. */
  mark(slot) {
    const index = this.questions.findIndex((question) => question.slot === slot);
    if (index < 0 || !this.sheet) return;
    const state = this.sync.stateOf(slot);
    const word = this.questions[index].element.querySelector("[data-saved]");
    word.dataset.saved = state;
    word.lastElementChild.textContent = state && this.dataset[`word${state}`];
    const answered = this.isAnswered(this.questions[index]);
    const cell = this.sheet[index];
    cell.dataset.state = answered ? state || "saved" : "";
    cell.querySelector("[data-text=state]").textContent = answered
      ? this.dataset[`word${state}`]
      : this.dataset.wordopen;
    this.count();
  }

  count() {
    const open = this.questions.filter((question) => !this.isAnswered(question));
    const answered = this.questions.length - open.length;
    const text = (words, n) => words.replace("{n}", n).replace("{of}", this.questions.length);
    this.find("progress").textContent = `${answered}/${this.questions.length}`;
    this.find("summary").textContent = open.length
      ? text(this.dataset.someopen, open.length)
      : text(this.dataset.noneopen, answered);
    const asks = !this.find("really").hidden;
    const reads = Boolean(this.sync.stopped);
    this.find("hand-in").hidden = reads || asks || (open.length > 0 && !this.retrying);
    this.find("incomplete").hidden = reads || asks || open.length === 0 || this.retrying;
    this.find("insist").hidden = reads || asks || open.length === 0 || this.retrying;
    this.find("loses").hidden = open.length === 0;
  }

  /* Handing in was decided: it is under way, or failed and is to be tried again. */
  get retrying() {
    return Boolean(this.handingIn) || !this.find("failed").hidden;
  }

  /* --- moving -------------------------------------------------------------- */

  goTo(index, { quietly = false } = {}) {
    this.index = Math.min(Math.max(index, 0), this.questions.length - 1);
    this.questions.forEach(({ element }, i) => {
      element.hidden = i !== this.index;
    });
    this.sheet.forEach((cell, i) => {
      cell.toggleAttribute("aria-current", i === this.index);
      if (i === this.index) cell.setAttribute("aria-current", "step");
    });
    const last = this.index === this.questions.length - 1;
    this.find("previous").disabled = this.index === 0;
    this.find("next").hidden = last;
    this.find("to-review").hidden = !last;
    this.show("paper");
    this.querySelector("read-aloud").stop?.();
    if (!quietly) this.questions[this.index].element.querySelector("legend").focus();
  }

  show(view) {
    this.dataset.view = view;
    for (const name of ["paper", "review", "receipt"]) {
      for (const element of this.querySelectorAll(`[data-view-part="${name}"]`)) {
        element.hidden = name !== view;
      }
    }
    scrollTo({ top: 0 });
  }

  previous() {
    this.goTo(this.index - 1);
  }

  next() {
    this.goTo(this.index + 1);
  }

  jump(button) {
    this.goTo(Number(button.dataset.index));
  }

  back() {
    this.goTo(this.index);
  }

  review() {
    this.find("really").hidden = true;
    this.hideFailures();
    this.show("review");
    this.find("review-title").focus();
  }

  answerOpen() {
    this.goTo(this.firstOpen());
  }

  /* --- handing in ---------------------------------------------------------- */

  /* The last question, away from the buttons that led here. */
  insist() {
    const button = this.find("really").querySelector("button");
    button.disabled = true;
    setTimeout(() => {
      button.disabled = false;
    }, UNCERTAIN_MS);
    this.find("really").hidden = false;
    this.count();
    this.find("really").focus();
  }

  /* Once decided, the button hands in again without another question. */
  askToHandIn() {
    return this.retrying ? this.handIn() : this.insist();
  }

  async handIn() {
    if (this.handingIn || this.sync.stopped) return;
    this.handingIn = true;
    this.toggleAttribute("data-busy", true);
    this.find("really").hidden = true;
    this.hideFailures();
    const { receipt, failed } = await this.sync.submit().catch(ourFault);
    this.handingIn = false;
    this.toggleAttribute("data-busy", false);
    if (receipt) this.receipt(receipt);
    else if (!this.sync.stopped) this.notHandedIn(failed);
  }

  /* Nobody hands in answers unseen: where the server holds others, they are on the
   * screen now and the candidate presses again. */
  notHandedIn(failed) {
    const differs = failed === "digest";
    if (differs) this.review();
    for (const words of this.find("failed").children) {
      words.hidden = words.dataset.because !== failed;
    }
    const notice = this.find(differs ? "differs" : "failed");
    notice.hidden = false;
    this.count();
    notice.scrollIntoView({ block: "nearest" });
    if (this.clock.over && !differs) this.retry = setTimeout(() => this.sync.ask(), 3000);
  }

  hideFailures() {
    clearTimeout(this.retry);
    this.find("failed").hidden = true;
    this.find("differs").hidden = true;
    this.count();
  }

  receipt({ submitted_at, answered }) {
    this.find("receipt-time").textContent = inShanghai(submitted_at);
    this.find("receipt-count").textContent = answered;
    this.hideNotices();
    this.say("");
    this.toggleAttribute("data-done", true);
    this.show("receipt");
    this.find("receipt-title").focus();
  }

  /* The phone counted down to zero, but only the server knows of extra time. */
  timeIsUp() {
    if (this.sync.stopped) return;
    this.lock();
    this.hideFailures();
    this.notice("time");
    this.say(this.dataset.timeup);
    this.sync.ask();
  }

  timeHeard({ deadline, grace_until, server_now }) {
    this.clock.set(deadline, server_now);
    this.find("grace").textContent = inShanghai(grace_until).slice(11);
    if (this.sync.stopped) return;
    if (!this.clock.over) this.unlock();
    else if (this.find("differs").hidden) this.handIn();
  }

  stopped(why) {
    this.lock();
    this.count();
    if (why !== "submitted") this.notice(why);
  }

  lock() {
    for (const { element } of this.questions) element.disabled = true;
    this.toggleAttribute("data-locked", true);
  }

  unlock() {
    if (!this.hasAttribute("data-locked")) return;
    for (const { element } of this.questions) element.disabled = false;
    this.removeAttribute("data-locked");
    this.hideNotices();
    this.hideFailures();
  }

  takeSeat() {
    this.sync.takeSeat();
  }

  hideNotices() {
    for (const one of this.querySelectorAll("[data-when]")) one.hidden = true;
  }

  notice(why) {
    for (const one of this.querySelectorAll("[data-when]")) {
      one.hidden = one.dataset.when !== why;
    }
  }

  say(text) {
    this.live.textContent = text;
  }
}

/* As the server's pages write it; Shanghai has no summer time. */
function inShanghai(moment) {
  const there = new Date(Date.parse(moment) + 8 * 3600000);
  return there.toISOString().slice(0, 16).replace("T", " ");
}

/* A failed hand-in like any other for the candidate, and an error for the console. */
function ourFault(fault) {
  setTimeout(() => {
    throw fault;
  });
  return { failed: "fault" };
}

const given = (answers, slot) => (slot in answers ? answers[slot] : null);

customElements.define("exam-runner", ExamRunner);
