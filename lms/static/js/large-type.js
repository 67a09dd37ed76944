/* <large-type data-large="…" data-standard="…">: switches the size of the type at once,
   without loading the page again on a bad network. Its button is a working form. */
class LargeType extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.word = this.querySelector("[data-word]");
    this.button.addEventListener("click", (event) => this.toggle(event));
  }

  toggle(event) {
    event.preventDefault();
    const large = this.button.value === "on";
    document.documentElement.toggleAttribute("data-comfort", large);
    // The cookie is for the next page; this one has changed already.
    fetch(this.button.form.action, {
      method: "POST",
      // Pages that send no referrer say here that the form is of this site.
      referrerPolicy: "same-origin",
      redirect: "manual",
      body: new URLSearchParams({ comfort: this.button.value }),
      keepalive: true,
    }).catch(() => {});
    this.button.value = large ? "off" : "on";
    this.button.setAttribute("aria-pressed", String(large));
    this.word.textContent = large ? this.dataset.standard : this.dataset.large;
  }
}

customElements.define("large-type", LargeType);
