/* <job-progress src="/jobs/…/"><progress>…</progress><p data-text>…</p></job-progress>
 * Without JavaScript the page shows the state of the moment it was made, and a
 * link to look again. With it the bar moves, and the page reloads at the end. */
class JobProgress extends HTMLElement {
  connectedCallback() {
    this.stopped = false;
    this.look();
  }

  disconnectedCallback() {
    this.stopped = true;
  }

  async look() {
    if (this.stopped) return;
    try {
      const response = await fetch(this.getAttribute("src"));
      const job = await response.json();
      if (job.finished) return window.location.reload();
      this.show(job);
    } catch {
      /* The network is away; the job is not. Look again. */
    }
    setTimeout(() => this.look(), 1000);
  }

  show(job) {
    const bar = this.querySelector("progress");
    if (job.done) {
      bar.max = job.total;
      bar.value = job.done;
    } else {
      bar.removeAttribute("value");
    }
    const counted = job.done ? ` ${job.done} / ${job.total}` : ` · ${job.total}`;
    const words = job.total ? job.label + counted : job.label;
    this.querySelector("[data-text]").textContent = words;
  }
}

customElements.define("job-progress", JobProgress);
