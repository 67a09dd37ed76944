/* <minutes-left data-seconds="2520" data-pattern="{n} minutes left" data-over="…">:
 * keeps the minutes right while the page stays open. */
class MinutesLeft extends HTMLElement {
  connectedCallback() {
    const ends = performance.now() + Number(this.dataset.seconds) * 1000;
    setInterval(() => this.show(ends - performance.now()), 1000);
  }

  show(milliseconds) {
    const minutes = Math.max(0, Math.floor(milliseconds / 60000));
    const left = this.dataset.pattern.replace("{n}", minutes);
    this.textContent = milliseconds > 0 ? left : this.dataset.over;
  }
}

customElements.define("minutes-left", MinutesLeft);
