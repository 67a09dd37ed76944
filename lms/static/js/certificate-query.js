/* <certificate-query>: asks for a certificate without leaving the page, so that after a
   miss both fields hold what was typed. No answer of the server holds a full name.
   Without JavaScript, or on any other answer, the form is sent as usual. */
class CertificateQuery extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
  }

  async ask() {
    const missed = this.querySelector("[data-missed]");
    missed.hidden = true;
    const reply = await sent(new URLSearchParams(new FormData(this.form)));
    if (reply && reply.redirected) location.assign(reply.url);
    else if (reply && reply.ok) missed.hidden = false;
    else this.form.submit();
  }
}

async function sent(body) {
  try {
    return await fetch(location.pathname, { method: "POST", body });
  } catch {
    return null;
  }
}

customElements.define("certificate-query", CertificateQuery);
