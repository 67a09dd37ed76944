/* <exam-runner> is the exam on a phone: one question a screen, an answer sheet,
 * hand-in and receipt. It draws the paper from JSON with the templates inside it;
 * <exam-sync> keeps and sends the answers, <exam-clock> the time. Without
 * JavaScript the slotted form asks the same questions page by page. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

class ExamRunner extends HTMLElement {
  connectedCallback() {
    this.sync = this.querySelector("exam-sync");
    this.clock = this.querySelector("exam-clock");
    this.live = this.find("live");
    this.form = this.find("paper");
    this.listen();
    this.begin();
  }

  find(name) {
    return this.querySelector(`[data-part="${name}"]`);
  }

  clone(name) {
    return this.querySelector(`template[data-make="${name}"]`).content.cloneNode(true)
      .firstElementChild;
  }

  async begin() {
    const state = JSON.parse(document.getElementById(this.dataset.state).textContent);
    const slots = state.paper.sections.flatMap((section) => section.slots);
    this.questions = slots.map((slot, index) => this.draw(slot, index, slots.length));
    this.querySelector("[data-fallback]").remove();
    this.form.append(...this.questions.map((question) => question.element));
    this.sheet = slots.map((slot, index) => this.drawCell(index));
    this.find("cells").append(...this.sheet.map((cell) => cell.parentElement));
    this.sync.dataset.slot = slots[0].slot;
    const answers = await this.sync.begin(state);
    this.restore(answers);
    this.classList.add("is-running");
    this.goTo(Math.max(0, this.firstOpen()), { quietly: true });
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
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", ({ target }) => this.changed(target));
    this.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-do]");
      if (button) this[button.dataset.do](button);
    });
  }

  /* --- drawing ------------------------------------------------------------- */

  draw(slot, index, total) {
    const element = this.clone(slot.type === "fill" ? "fill" : "choice");
    const set = (name, text) => {
      element.querySelector(`[data-text="${name}"]`).textContent = text;
    };
    set("number", this.dataset.number.replace("{n}", index + 1).replace("{of}", total));
    set("kind", this.dataset[`kind${slot.type.replace("_", "")}`]);
    set("marks", this.dataset.marks.replace("{n}", slot.marks));
    element.dataset.kind = slot.type;
    if (slot.type === "fill") this.drawBlanks(element, slot);
    else {
      set("stem", slot.stem);
      const list = element.querySelector("[data-options]");
      list.append(...slot.options.map((option, i) => this.drawOption(slot, option, i)));
    }
    element.hidden = true;
    return { ...slot, element };
  }

  drawOption(slot, option, index) {
    const element = this.clone("option");
    const input = element.querySelector("input");
    input.type = slot.type === "multiple" ? "checkbox" : "radio";
    input.name = `slot-${slot.slot}`;
    input.value = option.id;
    element.querySelector("[data-text=letter]").textContent = LETTERS[index];
    element.querySelector("[data-text=text]").textContent = option.text;
    return element;
  }

  drawBlanks(element, slot) {
    const stem = element.querySelector("[data-text=stem]");
    const lines = element.querySelector("[data-options]");
    slot.stem.split(/_{3,}/).forEach((words, index) => {
      if (index > 0) {
        const mark = document.createElement("span");
        mark.className = "exam-blank";
        mark.textContent = this.dataset.blank.replace("{n}", index);
        stem.append(" ", mark, " ");
        lines.append(this.drawBlank(slot, index));
      }
      stem.append(words);
    });
  }

  drawBlank(slot, index) {
    const element = this.clone("blank");
    const input = element.querySelector("input");
    input.name = `slot-${slot.slot}`;
    element.querySelector("[data-text=blank]").textContent = this.dataset.blank.replace(
      "{n}",
      index,
    );
    return element;
  }

  drawCell(index) {
    const item = this.clone("cell");
    const button = item.querySelector("button");
    button.querySelector("[data-text=number]").textContent = index + 1;
    button.dataset.index = index;
    return button;
  }

  /* --- answers ------------------------------------------------------------- */

  inputs(question) {
    return [...this.form.elements].filter((one) => one.name === `slot-${question.slot}`);
  }

  changed(target) {
    const question = this.questions.find(({ slot }) => target.name === `slot-${slot}`);
    if (question) this.sync.put(question.slot, this.valueOf(question));
  }

  valueOf(question) {
    const inputs = this.inputs(question);
    if (question.type === "fill") {
      const texts = inputs.map((input) => input.value.trim());
      return texts.some(Boolean) ? texts : null;
    }
    const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
    if (question.type === "multiple") return chosen.length ? chosen.sort() : null;
    return chosen[0] ?? null;
  }

  restore(answers) {
    for (const question of this.questions) {
      const value = answers[question.slot] ?? null;
      this.inputs(question).forEach((input, index) => {
        if (question.type === "fill") refill(input, value?.[index] ?? "");
        else input.checked = [value].flat().includes(input.value);
      });
      this.mark(question.slot);
    }
  }

  /* Answered is what leaves no blank empty. */
  isAnswered(question) {
    const answer = this.sync.record.answers[question.slot] ?? null;
    return answer !== null && [answer].flat().every(Boolean);
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
    const failed = !this.find("failed").hidden;
    const decided = open.length === 0 || this.handingIn || failed;
    const reads = Boolean(this.sync.stopped);
    this.find("hand-in").hidden = reads || !decided;
    this.find("incomplete").hidden = reads || decided;
    this.find("insist").hidden = reads || decided;
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
    this.askReally(false);
    this.hideFailures();
    this.show("review");
    this.find("review-title").focus();
  }

  answerOpen() {
    this.goTo(this.firstOpen());
  }

  insist() {
    this.askReally(true);
    this.find("really").querySelector("button").focus();
  }

  askReally(asked) {
    this.find("insist").firstElementChild.hidden = asked;
    this.find("really").hidden = !asked;
  }

  /* --- the end ------------------------------------------------------------- */

  async handIn() {
    if (this.handingIn || this.sync.stopped) return;
    this.handingIn = true;
    this.toggleAttribute("data-busy", true);
    this.hideFailures();
    const { receipt, failed } = await this.sync.submit();
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

/* Answers are kept without spaces around them: leave those of somebody typing. */
function refill(input, text) {
  if (input.value.trim() !== text) input.value = text;
}

customElements.define("exam-runner", ExamRunner);
