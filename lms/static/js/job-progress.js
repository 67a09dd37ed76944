/* <job-progress src="/jobs/…/"><progress>…</progress><p data-text>…</p></job-progress>
 * With a <json-request> inside, which asks. Without JavaScript the page shows the state of the moment it was made, and a
 * link to load it again. With it the bar moves, and the page reloads at the end. */
class JobProgress extends HTMLElement {
  async connectedCallback() {
    this.stopped = false;
    await customElements.whenDefined("json-request");
    this.update();
  }

  disconnectedCallback() {
    this.stopped = true;
  }

  async update() {
    if (this.stopped) return;
    const asking = this.querySelector("json-request");
    const options = { expects: "finished" };
    const { status, body } = await asking.get(this.getAttribute("src"), options);
    setTimeout(() => this.update(), 1000);
    if (status !== 200) return; // the network is away; the job is not
    if (body.finished) window.location.reload();
    else this.show(body);
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
