/* <study-time data-pattern="{m} min {s} s">: the time counted and the time missing,
 * their bar, and one sentence on whether time is counted now, or why not.
 *
 * Between two answers of the server it counts on by itself. What it adds is an
 * estimate: the next answer replaces it. While time is counted the screen stays on,
 * where the browser can. */
class StudyTime extends HTMLElement {
  connectedCallback() {
    this.credited = Number(this.dataset.credited);
    this.missing = Number(this.dataset.missing);
    this.learnt = 0;
    this.confirmed = 0;
  }

  /* Milliseconds learnt on this page so far, for `show` to know what an answer covers. */
  get mark() {
    return this.learnt;
  }

  learn(milliseconds) {
    this.learnt += milliseconds;
    this.draw();
  }

  /* Seconds from the server, which knew of what had been learnt up to the mark. */
  show({ credited, missing }, mark) {
    this.credited = credited;
    this.missing = missing;
    this.confirmed = mark;
    this.draw();
  }

  say(state) {
    for (const words of this.querySelectorAll("[data-state]")) {
      words.hidden = words.dataset.state !== state;
    }
    this.keepAwake(state === "counting" || state === "again");
  }

  draw() {
    const ahead = Math.floor((this.learnt - this.confirmed) / 1000);
    const more = Math.max(0, Math.min(ahead, this.missing));
    const bar = this.querySelector("[data-bar]");
    bar.max = this.credited + this.missing;
    bar.value = this.credited + more;
    this.write("[data-credited]", this.credited + more);
    this.write("[data-missing]", this.missing - more);
  }

  write(place, seconds) {
    const minutes = Math.floor(seconds / 60);
    const words = this.dataset.pattern.replace("{m}", minutes).replace("{s}", seconds % 60);
    this.querySelector(place).textContent = words;
  }

  /* A browser may refuse, as on an empty battery; then it is asked next time. */
  async keepAwake(wanted) {
    if (!("wakeLock" in navigator) || wanted === this.awake) return;
    this.awake = wanted;
    if (this.lock) this.lock.release();
    this.lock = wanted ? await navigator.wakeLock.request("screen").catch(() => null) : null;
    if (this.lock && !this.awake) this.lock.release();
  }
}

customElements.define("study-time", StudyTime);
