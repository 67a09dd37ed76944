/* <read-aloud data-target="main" data-start="…" data-stop="…">: reads the first of its
   targets that is shown with the phone's own voice. Hidden where a browser cannot read.
   Many phones can and have no voice: then nothing starts, and [data-silent] says so. */
const PIECE = 120;
const SILENT_MS = 4000;

/** Cut text into short sentences: long utterances stop half-way on many phones. */
function sentences(text) {
  const parts = text.match(/[^。！？；.!?;\n]+[。！？；.!?;\n]*/gu) ?? [];
  return parts.flatMap((part) => {
    const trimmed = part.trim();
    const pieces = [];
    for (let at = 0; at < trimmed.length; at += PIECE) {
      pieces.push(trimmed.slice(at, at + PIECE));
    }
    return pieces;
  });
}

class ReadAloud extends HTMLElement {
  connectedCallback() {
    if (!("speechSynthesis" in window)) return;
    this.button = this.querySelector("button");
    this.word = this.querySelector("[data-word]");
    this.silent = this.querySelector("[data-silent]");
    this.button.addEventListener("click", () => this.toggle());
    window.addEventListener("pagehide", () => speechSynthesis.cancel());
    this.hidden = false;
  }

  toggle() {
    if (this.button.getAttribute("aria-pressed") === "true") {
      this.stop();
      return;
    }
    speechSynthesis.cancel();
    const targets = this.dataset.target.split(" ");
    const shown = targets
      .map((id) => document.getElementById(id))
      .find((element) => element?.offsetParent);
    this.queue = sentences(shown.innerText);
    this.silent.hidden = true;
    this.show(true);
    this.next();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.giveUp(), SILENT_MS);
  }

  next() {
    const text = this.queue.shift();
    if (text === undefined) {
      this.show(false);
      return;
    }
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.lang = document.documentElement.lang;
    utterance.rate = 0.9;
    utterance.onstart = () => clearTimeout(this.waiting);
    utterance.onend = () => this.next();
    utterance.onerror = ({ error }) => this.failed(error);
    speechSynthesis.speak(utterance);
  }

  failed(error) {
    if (error === "canceled" || error === "interrupted") this.show(false);
    else this.giveUp();
  }

  giveUp() {
    this.stop();
    this.silent.hidden = false;
  }

  stop() {
    if (!this.queue) return;
    clearTimeout(this.waiting);
    this.queue = [];
    speechSynthesis.cancel();
    this.show(false);
  }

  show(reading) {
    this.button.setAttribute("aria-pressed", String(reading));
    this.word.textContent = reading ? this.dataset.stop : this.dataset.start;
  }
}

customElements.define("read-aloud", ReadAloud);
