/* <exam-signin data-url="…"> signs in again without leaving the exam.
 *
 * Posts its form to the ordinary sign-in page; fires "exam:signed-in" when the
 * server no longer answers with that page. The answers stay where they are. */
class ExamSignin extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.error = this.querySelector("[data-error]");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  open() {
    if (!this.hidden) return;
    this.hidden = false;
    this.querySelector("h2").focus();
  }

  async submit() {
    this.error.hidden = true;
    const page = await this.load({ cache: "no-store" });
    if (await this.passes(page)) this.done();
    else this.error.hidden = false;
  }

  /* Whether the candidate is signed in, or can be with what the form holds. A page
   * without our token is not ours, such as that of a captive portal. */
  async passes(page) {
    if (page === null || page.signedIn) return page !== null;
    const form = new DOMParser().parseFromString(page.html, "text/html");
    const token = form.querySelector("[name=csrfmiddlewaretoken]");
    if (!token) return false;
    const body = new URLSearchParams(new FormData(this.form));
    body.set("csrfmiddlewaretoken", token.value);
    const reply = await this.load({ method: "POST", body });
    return reply !== null && reply.signedIn;
  }

  /* The sign-in page leads on where it is not needed; null without a network. */
  async load(options) {
    const request = new Request(this.dataset.url, options);
    try {
      const page = await fetch(request);
      const signedIn = new URL(page.url).pathname !== this.dataset.url;
      return { signedIn, html: await page.text() };
    } catch {
      return null;
    }
  }

  done() {
    this.hidden = true;
    this.form.reset();
    this.dispatchEvent(new CustomEvent("exam:signed-in", { bubbles: true }));
  }
}

customElements.define("exam-signin", ExamSignin);
