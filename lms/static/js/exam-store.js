/* <exam-store data-key="…"> keeps the answers of one attempt on this phone.
 *
 * IndexedDB first, localStorage where that fails, and an honest `kind` of
 * "none" where both do. It also holds the lock that lets only one tab write:
 * Web Locks where the page is secure, a lease in localStorage elsewhere.
 * Shows nothing; <exam-sync> calls its methods. */
const DATABASE = "exam-answers";
const LEASE_MS = 6000;

class ExamStore extends HTMLElement {
  kind = "none";

  get key() {
    return this.dataset.key;
  }

  /* Open the best store there is and return what it holds, or null. */
  async open() {
    try {
      this.database = await openDatabase();
      this.kind = "indexeddb";
      const record = await this.request("readonly", (rows) => rows.get(this.key));
      return record ?? this.readFallback();
    } catch {
      this.kind = localStorageWorks() ? "localstorage" : "none";
      return this.readFallback();
    }
  }

  /* Write the record through to disk; true only once it is there. */
  async save(record) {
    if (this.kind === "indexeddb") {
      try {
        await this.request("readwrite", (rows) => rows.put(record, this.key));
        return true;
      } catch {
        this.kind = localStorageWorks() ? "localstorage" : "none";
      }
    }
    if (this.kind === "none") return false;
    try {
      localStorage.setItem(this.fallbackKey, JSON.stringify(record));
      return true;
    } catch {
      return false;
    }
  }

  async wipe() {
    try {
      localStorage.removeItem(this.fallbackKey);
      await this.request("readwrite", (rows) => rows.delete(this.key));
    } catch {
      /* nothing was kept there */
    }
  }

  /* Become the one tab that writes. Resolves to true at once, or to false when
   * another tab is; `onFree` is called when that one is gone. */
  async claim(onFree) {
    if (navigator.locks) return this.claimLock(onFree);
    return this.claimLease(onFree);
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

  claimLease(onFree) {
    const name = `exam-tab-${this.key}`;
    const me = Math.random().toString(36).slice(2);
    const holder = () => JSON.parse(localStorage.getItem(name) ?? "{}");
    const renew = () =>
      localStorage.setItem(name, JSON.stringify({ me, until: Date.now() + LEASE_MS }));
    const taken = () => holder().me !== me && holder().until > Date.now();
    if (!localStorageWorks()) return true;
    if (taken()) {
      const watch = setInterval(() => {
        if (taken()) return;
        clearInterval(watch);
        onFree();
      }, LEASE_MS / 2);
      return false;
    }
    renew();
    setInterval(renew, LEASE_MS / 3);
    addEventListener("pagehide", () => localStorage.removeItem(name));
    addEventListener("pageshow", renew);
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
  });
}

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
