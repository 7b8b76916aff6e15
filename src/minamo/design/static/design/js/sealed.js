// What waits on this device to be sent, each entry under lock: it may speak of a child, and the device may be another teacher's next. The
// key belongs to the account, comes with the pages of its own sign-in and is never kept here; without it what lies here is unreadable,
// also to the page. Where the browser cannot lock (no secure context) or keep, it stays in memory (docs/adr/0038).
// Pages have it in their bundle, the service worker by importScripts.
self.MinamoSealed = (() => {
  const KIND = "AES-GCM", IV = 12;
  const TO_BYTES = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const TO_TEXT = (bytes) => btoa(Array.from(new Uint8Array(bytes), (one) => String.fromCharCode(one)).join(""));
  const made = (key) => (typeof key === "string" ? crypto.subtle.importKey("raw", TO_BYTES(key), KIND, false, ["encrypt", "decrypt"]) : key);

  class Lock {
    // `keys`: the account's keys as the server has them (base64), the newest first; or keys that were made of them
    constructor(keys) {
      this.works = Boolean(self.crypto?.subtle);
      this.keys = Promise.all(this.works ? keys.map(made) : []);
    }

    async seal(content) {
      const iv = crypto.getRandomValues(new Uint8Array(IV));
      return { iv, sealed: await crypto.subtle.encrypt({ name: KIND, iv }, (await this.keys)[0], new TextEncoder().encode(JSON.stringify(content))) };
    }

    // → what was sealed, or nothing where no key opens it any more
    async open({ iv, sealed }) {
      for (const key of await this.keys) {
        try {
          return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: KIND, iv }, key, sealed)));
        } catch { /* locked with another key */ }
      }
      return undefined;
    }
  }

  // Entries {n, account, …labels, content}: the labels lie open (whose it is, how many), the content is locked.
  class Shelf {
    constructor(name, shelf, account, keys) {
      Object.assign(this, { name, shelf, account, memory: [], read: new Map(), line: Promise.resolve(), lock: new Lock(keys) });
      this.ready = this.lock.works ? this.opened().catch(() => null) : Promise.resolve(null);
    }

    opened() {
      return new Promise((resolve, reject) => {
        const request = indexedDB.open(this.name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(this.shelf, { keyPath: "n", autoIncrement: true });
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
        request.onblocked = () => reject(new Error("blocked"));
      });
    }

    async run(mode, work) {
      const database = await this.ready;
      return new Promise((resolve, reject) => {
        const transaction = database.transaction(this.shelf, mode, mode === "readwrite" ? { durability: "strict" } : {});
        const request = work(transaction.objectStore(this.shelf));
        transaction.oncomplete = () => resolve(request?.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    }

    // One after the other: entries lie in the order of the hand.
    add(labels, content) {
      const work = () => this.write({ ...labels, account: this.account }, content);
      this.line = this.line.then(work, work);
      return this.line;
    }

    // The same entry with other labels or another content, in its old place.
    change(entry, labels, content) {
      const { iv, sealed, content: _, ...rest } = entry;
      return this.write({ ...rest, ...labels }, content);
    }

    async write(entry, content) {
      if ((await this.ready) && typeof entry.n !== "string") {
        const locked = { ...entry, ...await this.lock.seal(content) };
        const n = await this.run("readwrite", (store) => store.put(locked)).catch(() => null);
        if (n !== null) { this.read.set(n, content); return; }
      }
      this.memory = [...this.memory.filter(({ n }) => n !== entry.n), { ...entry, content, n: `${entry.n ?? `m${Math.random()}`}` }];
    }

    // Everybody's, locked; the labels can be read.
    async all() { return [...(await this.ready) ? await this.run("readonly", (store) => store.getAll()) : [], ...this.memory]; }

    // What this account has waiting, opened; one that no key opens any more is left where it is.
    async mine(wanted = () => true) {
      const own = (await this.all()).filter((one) => one.account === this.account && wanted(one));
      const opened = await Promise.all(own.map(async (one) => ({ ...one, content: one.content ?? await this.open(one) })));
      return opened.filter((one) => one.content !== undefined);
    }

    async open(entry) {
      if (!this.read.has(entry.n)) {
        const content = await this.lock.open(entry);
        if (content === undefined) return undefined;
        this.read.set(entry.n, content);
      }
      return this.read.get(entry.n);
    }

    async drop(entries) {
      const gone = new Set(entries.map(({ n }) => n));
      for (const n of gone) this.read.delete(n);
      this.memory = this.memory.filter(({ n }) => !gone.has(n));
      if (await this.ready) await this.run("readwrite", (store) => { for (const n of gone) store.delete(n); });
    }
  }

  // One piece of work in hand under a name of localStorage, written whole again and again. Where the browser cannot lock, nothing is kept.
  class Draft {
    constructor(name, keys) { Object.assign(this, { name, lock: new Lock(keys), line: Promise.resolve() }); }

    // → what was kept, or nothing (also when no key opens it any more: it goes)
    async read() {
      const kept = this.lock.works && localStorage.getItem(this.name);
      if (!kept) return undefined;
      const { iv, sealed } = JSON.parse(kept);
      const said = await this.lock.open({ iv: TO_BYTES(iv), sealed: TO_BYTES(sealed) });
      if (said === undefined) localStorage.removeItem(this.name);
      return said;
    }

    // One after the other: what lies there is what the hand did last. → whether it lies there
    write(said) {
      return this.next(async () => {
        if (!this.lock.works) return false;
        const { iv, sealed } = await this.lock.seal(said);
        localStorage.setItem(this.name, JSON.stringify({ at: Date.now(), iv: TO_TEXT(iv), sealed: TO_TEXT(sealed) }));
        return true;
      });
    }

    drop() { return this.next(() => localStorage.removeItem(this.name)); }

    next(work) {
      this.line = this.line.then(work, work);
      return this.line;
    }
  }

  // Several windows (and the service worker) share what lies here: whoever has the turn sends.
  const inTurn = (name, work) => (self.navigator?.locks ? navigator.locks.request(name, work) : work());

  return { Draft, Lock, Shelf, inTurn };
})();
