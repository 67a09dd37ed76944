/* <exam-link> carries the requests of <exam-sync>, with CSRF and seat token.
 *
 * Every call resolves, to {status, body, retryAfter}. Status 0: no answer in time,
 * or one that is not ours, such as the page of a captive portal. Status 401: signed
 * out, or led to the sign-in page. */
const TIMEOUT_MS = 8000;
const HUNG_MS = 1500;
const BATCH = 64;
const BATCH_BYTES = 60000; // the server takes 64 KiB, and so does fetch(keepalive)

class ExamLink extends HTMLElement {
  token = null;

  /* As many of the first items as one request may carry. */
  fitting(items) {
    let bytes = 0;
    const first = items.slice(0, BATCH);
    const end = first.findIndex((item) => {
      bytes += new Blob([JSON.stringify(item)]).size + 1;
      return bytes > BATCH_BYTES;
    });
    return end < 0 ? first : first.slice(0, end);
  }

  get(url) {
    return this.call(url, { headers: this.headers });
  }

  /* Without its cookie every POST is refused; the page sets it again. */
  async post(url, payload) {
    if (!cookie("csrftoken")) await this.call(location.href, {});
    return this.call(url, this.posting(payload));
  }

  /* A request that may outlive the page; nobody reads the answer. */
  postAndLeave(url, payload) {
    fetch(url, { ...this.posting(payload), keepalive: true }).catch(() => {});
  }

  /* The network has changed: do not wait for a request that has hung since. */
  giveUpHung() {
    if (performance.now() - this.sentAt > HUNG_MS) this.request.abort();
  }

  async call(url, options) {
    const request = new AbortController();
    this.request = request;
    this.sentAt = performance.now();
    const timeout = setTimeout(() => request.abort(), TIMEOUT_MS);
    const { signal } = request;
    try {
      return await read(await fetch(url, { cache: "no-store", ...options, signal }));
    } catch {
      return { status: 0, body: {} };
    } finally {
      clearTimeout(timeout);
    }
  }

  posting(payload) {
    const headers = { ...this.headers, "Content-Type": "application/json" };
    return { method: "POST", headers, body: JSON.stringify(payload) };
  }

  get headers() {
    const headers = { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") };
    if (this.token) headers["X-Seat-Token"] = this.token;
    return headers;
  }
}

async function read(reply) {
  const body = await reply.json().catch(() => null);
  const after = Number(reply.headers.get("Retry-After"));
  const status = body ? reply.status : 0;
  return {
    status: reply.redirected ? 401 : status,
    body: body ?? {},
    retryAfter: after > 0 ? Math.min(after * 1000, 60000) : undefined,
  };
}

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

customElements.define("exam-link", ExamLink);
