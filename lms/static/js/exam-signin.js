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
    try {
      const page = await fetch(this.dataset.url, { cache: "no-store" });
      const signedIn = new URL(page.url).pathname !== this.dataset.url;
      if (signedIn || (await this.post(await page.text()))) return this.done();
    } catch {
      /* no network: the same words as for a wrong password, and another try */
    }
    this.error.hidden = false;
    return undefined;
  }

  async post(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const body = new URLSearchParams(new FormData(this.form));
    const token = page.querySelector("[name=csrfmiddlewaretoken]");
    body.set("csrfmiddlewaretoken", token.value);
    const reply = await fetch(this.dataset.url, { method: "POST", body });
    return new URL(reply.url).pathname !== this.dataset.url;
  }

  done() {
    this.hidden = true;
    this.form.reset();
    this.dispatchEvent(new CustomEvent("exam:signed-in", { bubbles: true }));
  }
}

customElements.define("exam-signin", ExamSignin);
