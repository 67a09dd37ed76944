/* Keeps what is typed into a form of the back office until it is saved: in this tab
 * only (sessionStorage), until sign-out; without passwords, files, hidden fields and
 * fields that say autocomplete="off", which hold document numbers and phones. */
const PREFIX = "draft:";

function keyOf(form) {
  return PREFIX + (form.getAttribute("action") || window.location.pathname);
}

function kept(field) {
  const skipped = ["hidden", "password", "file", "submit", "button", "reset"];
  return field.name && !skipped.includes(field.type) && field.autocomplete !== "off";
}

function valuesOf(form) {
  const values = {};
  for (const field of form.elements) {
    if (!kept(field)) continue;
    const ticks = field.type === "checkbox" || field.type === "radio";
    values[`${field.name}\n${ticks ? field.value : ""}`] = ticks
      ? field.checked
      : field.value;
  }
  return values;
}

function fill(form, values) {
  for (const field of form.elements) {
    if (!kept(field)) continue;
    const ticks = field.type === "checkbox" || field.type === "radio";
    const value = values[`${field.name}\n${ticks ? field.value : ""}`];
    if (value === undefined) continue;
    if (ticks) field.checked = value;
    else field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function offer(form, key, draft) {
  const template = document.getElementById("form-draft-notice");
  if (!template) return;
  const notice = template.content.firstElementChild.cloneNode(true);
  notice.querySelector("[data-time]").textContent = draft.time;
  notice.querySelector("[data-restore]").addEventListener("click", () => {
    fill(form, draft.values);
    notice.remove();
  });
  notice.querySelector("[data-discard]").addEventListener("click", () => {
    sessionStorage.removeItem(key);
    notice.remove();
  });
  form.prepend(notice);
}

function forgetWhatWasSent() {
  for (const key of Object.keys(sessionStorage)) {
    if (!key.startsWith(PREFIX)) continue;
    const draft = JSON.parse(sessionStorage.getItem(key));
    const isHere = key === PREFIX + window.location.pathname;
    if (draft.sent && !isHere) sessionStorage.removeItem(key);
  }
}

function forgetAll() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}

function keep(form) {
  const key = keyOf(form);
  const stored = sessionStorage.getItem(key);
  const before = JSON.stringify(valuesOf(form));
  if (stored) {
    const draft = JSON.parse(stored);
    // Sent and here again: it was refused, and is a draft still.
    sessionStorage.setItem(key, JSON.stringify({ ...draft, sent: false }));
    if (JSON.stringify(draft.values) !== before) offer(form, key, draft);
  }
  form.addEventListener("input", () => {
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    sessionStorage.setItem(key, JSON.stringify({ time, values: valuesOf(form) }));
  });
  form.addEventListener("submit", () => {
    const draft = sessionStorage.getItem(key);
    if (!draft) return;
    sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(draft), sent: true }));
  });
}

try {
  forgetWhatWasSent();
  const selector = "main form[method='post' i]:not(#page-edit-form)";
  const forms = document.querySelectorAll(selector);
  for (const form of forms) {
    if (form.querySelector("textarea, input[type='text'], select")) keep(form);
  }
  // The next person at this computer finds nothing of what was typed.
  document.addEventListener("submit", (event) => {
    if (/\/logout\//.test(event.target.action)) forgetAll();
  });
} catch (error) {
  // Storage is full or forbidden: the form works without a draft.
  console.warn(error);
}
