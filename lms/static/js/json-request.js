/* <json-request> sends our JSON requests, and has the one rule of what an answer is.
 *
 *   const { status, body, retryAfter } = await element.post(url, payload, { expects });
 *
 * Status 0 means no network, try again: no answer in time, or an answer that is not
 * our JSON, such as the page of a captive portal. Ours is a JSON object with the field
 * `expects` or, where the server refuses, with a text as `code`. `retryAfter` is in
 * milliseconds. A fault of the page itself is thrown, never reported as no network.
 *
 * Options: expects, headers, timeout in milliseconds. */
const TIMEOUT_MS = 8000;
const HUNG_MS = 1500;
const BATCH = 64;
const BATCH_BYTES = 60000; // the server takes 64 KiB, and so does fetch(keepalive)

class JsonRequest extends HTMLElement {
  constructor() {
    super();
    this.open = new Map();
  }

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

  get(url, options = {}) {
    return this.call(url, { headers: headers(options) }, options);
  }

  /* Without its cookie every POST is refused; loading the page sets it again. */
  async post(url, payload, options = {}) {
    if (!cookie("csrftoken")) await this.get(location.href);
    return this.call(url, posting(payload, options), options);
  }

  /* A request that may outlive the page; nobody reads the answer. */
  postAndLeave(url, payload, options = {}) {
    const request = new Request(url, { ...posting(payload, options), keepalive: true });
    fetch(request).catch(() => {});
  }

  /* The network has changed: do not wait for requests that have hung since. */
  giveUpHung() {
    for (const [controller, sentAt] of this.open) {
      if (performance.now() - sentAt > HUNG_MS) controller.abort();
    }
  }

  async call(url, init, { expects, timeout = TIMEOUT_MS }) {
    const controller = new AbortController();
    const { signal } = controller;
    const request = new Request(url, { cache: "no-store", ...init, signal });
    this.open.set(controller, performance.now());
    const timer = setTimeout(() => controller.abort(), timeout);
    const reply = await received(request);
    clearTimeout(timer);
    this.open.delete(controller);
    return answer(reply, expects);
  }
}

/* What came back, or null: the two calls here fail for reasons of the network only. */
async function received(request) {
  try {
    const reply = await fetch(request);
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  } catch {
    return null;
  }
}

function answer(reply, expects) {
  const body = reply && parsed(reply);
  if (!body || !isOurs(body, expects)) return { status: 0, body: {} };
  const after = Number(reply.headers.get("Retry-After")) * 1000;
  const retryAfter = after > 0 ? Math.min(after, 60000) : undefined;
  return { status: reply.status, body, retryAfter };
}

function parsed(reply) {
  const type = reply.headers.get("Content-Type") || "";
  if (!type.startsWith("application/json")) return null;
  try {
    return JSON.parse(reply.text);
  } catch {
    return null;
  }
}

function isOurs(body, expects) {
  if (typeof body !== "object" || Array.isArray(body)) return false;
  return expects === undefined || expects in body || typeof body.code === "string";
}

function posting(payload, options) {
  return {
    method: "POST",
    headers: { ...headers(options), "Content-Type": "application/json" },
    body: JSON.stringify(payload),
  };
}

function headers(options) {
  const token = cookie("csrftoken");
  return { Accept: "application/json", "X-CSRFToken": token, ...options.headers };
}

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

customElements.define("json-request", JsonRequest);
