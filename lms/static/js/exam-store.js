/* <exam-store data-key="…"> keeps the answers of one attempt on this phone.
 *
 * IndexedDB first, localStorage where that fails, and an honest `kind` of
 * "none" where both do. It also holds the lock that lets only one tab write:
 * Web Locks where the page is secure, a lease in localStorage elsewhere.
 * Shows nothing; <exam-sync> calls its methods. */
const DATABASE = "exam-answers";
const LEASE_MS = 6000;
const OPENING_MS = 3000;

class ExamStore extends HTMLElement {
  constructor() {
    super();
    this.kind = "none";
  }

  get key() {
    return this.dataset.key;
  }

  /* Open the best store there is and return what was kept last, or null. A phone
   * that once fell back may hold an older record in the better store. */
  async open() {
    const records = [this.readFallback()];
    try {
      this.database = await openDatabase();
      this.kind = "indexeddb";
      records.push(await this.request("readonly", (rows) => rows.get(this.key)));
    } catch {
      this.kind = localStorageWorks() ? "localstorage" : "none";
    }
    const kept = records.filter(Boolean).sort((one, other) => other.stamp - one.stamp);
    this.stamp = kept[0]?.stamp ?? 0;
    return kept[0] ?? null;
  }

  /* Write the record through to disk; true only once it is there. */
  async save(record) {
    this.stamp = Math.max(this.stamp + 1, Date.now());
    const stamped = { ...record, stamp: this.stamp };
    if (this.kind === "indexeddb") {
      try {
        await this.request("readwrite", (rows) => rows.put(stamped, this.key));
        this.dropFallback();
        return true;
      } catch {
        this.kind = localStorageWorks() ? "localstorage" : "none";
      }
    }
    if (this.kind === "none") return false;
    try {
      localStorage.setItem(this.fallbackKey, JSON.stringify(stamped));
      return true;
    } catch {
      return false;
    }
  }

  /* The record to go on with: the server's state, and what this phone has not brought
   * there. Under another seat it does so only where the server has what this phone knew or sent:
   * any other answer was given on another device since, and the newer one counts. */
  merge(state, kept) {
    const same = kept?.epoch === state.seat_epoch;
    const items = (kept?.items ?? []).filter((i) => !same || i.seq > state.through);
    const unsent = { ...latest(items), ...(kept ? kept.dirty : {}) };
    for (const slot of same ? [] : Object.keys(unsent)) {
      const sent = items.filter((i) => i.slot === slot).map((i) => i.value);
      const ours = [kept.known[slot], ...sent].map(written);
      if (!ours.includes(written(state.answers[slot]))) delete unsent[slot];
    }
    return {
      epoch: state.seat_epoch,
      next: Math.max(state.through + 1, same ? kept.next : 1),
      items: same ? items : [],
      dirty: same ? kept.dirty : unsent,
      known: state.answers,
      answers: { ...state.answers, ...unsent },
    };
  }

  async wipe() {
    this.dropFallback();
    await this.request("readwrite", (rows) => rows.delete(this.key)).catch(() => {});
  }

  /* Become the one tab that writes. Resolves to true at once, or to false when
   * another tab is; `onFree` is called when that one is gone, `onLost` when another
   * tab took over from this one (a lease runs out while a tab is frozen). */
  async claim({ onFree, onLost }) {
    if (navigator.locks) return this.claimLock(onFree);
    return this.claimLease(onFree, onLost);
  }

  claimLock(onFree) {
    const name = `exam-${this.key}`;
    return new Promise((resolve) => {
      navigator.locks.request(name, { ifAvailable: true }, (lock) => {
        resolve(Boolean(lock));
        if (lock) return new Promise(() => {}); // held until the tab is gone
        navigator.locks.request(name, () => onFree());
        return undefined;
      });
    });
  }

  claimLease(onFree, onLost) {
    const name = `exam-tab-${this.key}`;
    const me = Math.random().toString(36).slice(2);
    const holder = () => JSON.parse(localStorage.getItem(name) ?? "{}");
    const taken = () => holder().me !== me && holder().until > Date.now();
    const wait = () => {
      const timer = setInterval(() => {
        if (taken()) return;
        clearInterval(timer);
        onFree();
      }, LEASE_MS / 2);
    };
    const lost = () => {
      clearInterval(renewal);
      removeEventListener("pageshow", renew);
      onLost();
      wait();
    };
    const renew = () => {
      const lease = { me, until: Date.now() + LEASE_MS };
      if (taken()) lost();
      else localStorage.setItem(name, JSON.stringify(lease));
    };
    if (!localStorageWorks()) return true;
    if (taken()) {
      wait();
      return false;
    }
    const renewal = setInterval(renew, LEASE_MS / 3);
    renew();
    addEventListener("pageshow", renew);
    addEventListener("pagehide", () => {
      if (holder().me === me) localStorage.removeItem(name);
    });
    return true;
  }

  get fallbackKey() {
    return `exam-answers-${this.key}`;
  }

  readFallback() {
    try {
      return JSON.parse(localStorage.getItem(this.fallbackKey));
    } catch {
      return null;
    }
  }

  dropFallback() {
    try {
      localStorage.removeItem(this.fallbackKey);
    } catch {
      /* there is no such storage, and nothing in it */
    }
  }

  request(mode, act) {
    return new Promise((resolve, reject) => {
      const change = this.database.transaction("attempts", mode, {
        durability: "strict",
      });
      const request = act(change.objectStore("attempts"));
      change.oncomplete = () => resolve(request.result);
      change.onerror = () => reject(change.error);
      change.onabort = () => reject(change.error);
    });
  }
}

function openDatabase() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("attempts");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error("blocked"));
    setTimeout(() => reject(new Error("does not open")), OPENING_MS); // some iPhones
  });
}

const latest = (items) => Object.fromEntries(items.map((i) => [i.slot, i.value]));

const written = (value) => JSON.stringify(value ?? null);

function localStorageWorks() {
  try {
    localStorage.setItem("exam-probe", "1");
    localStorage.removeItem("exam-probe");
    return true;
  } catch {
    return false;
  }
}

customElements.define("exam-store", ExamStore);
