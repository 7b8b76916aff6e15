// Strokes that wait on this device, each under lock: a comment may speak of a child, and the device may be another teacher's next.
// The key belongs to the account, comes with every page of its own sign-in and is never kept here; without it what lies here is
// unreadable, also to the page. Where the browser cannot lock (no secure context) or keep, strokes stay in memory.
const NAME = "minamo-marking", KIND = "AES-GCM", IV = 12;
const TO_BYTES = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

const openStore = () => new Promise((resolve, reject) => {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore("strokes", { keyPath: "n", autoIncrement: true });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
  request.onblocked = () => reject(new Error("blocked"));
});

class MarkStore {
  // `keys`: the account's keys as the server has them, the newest first
  constructor(account, keys) {
    Object.assign(this, { account, memory: [], read: new Map(), line: Promise.resolve() });
    this.ready = self.crypto?.subtle ? openStore().catch(() => null) : Promise.resolve(null);
    this.keys = Promise.all(keys.map((key) => crypto.subtle?.importKey("raw", TO_BYTES(key), KIND, false, ["encrypt", "decrypt"])));
  }

  async run(mode, work) {
    const database = await this.ready;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("strokes", mode, mode === "readwrite" ? { durability: "strict" } : {});
      const request = work(transaction.objectStore("strokes"));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  // One after the other: strokes lie in the order of the hand.
  add(sitting, strokes) {
    const work = async () => {
      const entry = { account: this.account, sitting, count: strokes.length };
      if (!(await this.ready)) { this.memory.push({ ...entry, strokes, n: crypto.randomUUID() }); return; }
      const iv = crypto.getRandomValues(new Uint8Array(IV));
      const text = new TextEncoder().encode(JSON.stringify(strokes));
      const sealed = await crypto.subtle.encrypt({ name: KIND, iv }, (await this.keys)[0], text);
      this.read.set(await this.run("readwrite", (store) => store.add({ ...entry, iv, sealed })), strokes);
    };
    this.line = this.line.then(work, work);
    return this.line;
  }

  async all() { return (await this.ready) ? this.run("readonly", (store) => store.getAll()) : this.memory; }

  // What this account has waiting, opened; one that no key opens any more is left where it is.
  async mine(sitting) {
    const own = (await this.all()).filter((one) => one.account === this.account && (!sitting || one.sitting === sitting));
    const opened = await Promise.all(own.map(async (one) => ({ ...one, strokes: one.strokes ?? await this.open(one) })));
    return opened.filter((one) => one.strokes);
  }

  async open({ n, iv, sealed }) {
    for (const key of this.read.has(n) ? [] : await this.keys) {
      try {
        const text = await crypto.subtle.decrypt({ name: KIND, iv }, key, sealed);
        this.read.set(n, JSON.parse(new TextDecoder().decode(text)));
        break;
      } catch { /* locked with another key */ }
    }
    return this.read.get(n);
  }

  async drop(entries) {
    const gone = new Set(entries.map(({ n }) => n));
    for (const n of gone) this.read.delete(n);
    if (!(await this.ready)) { this.memory = this.memory.filter(({ n }) => !gone.has(n)); return; }
    await this.run("readwrite", (store) => { for (const n of gone) store.delete(n); });
  }
}

// → the server's answer | {error} | "later" | "signin" | "denied" (kept; sent again when the screen is opened anew).
// `hold`: told until when the server asks to wait.
const PATIENCE = 12_000;
const sendStrokes = async (url, strokes, token, device, hold = () => {}) => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const body = JSON.stringify({ strokes, device });
    const answer = await fetch(url, {
      method: "POST", credentials: "same-origin", cache: "no-store", signal: stop.signal, keepalive: body.length < 60_000, body,
      headers: { "Content-Type": "application/json", "X-CSRFToken": token, "X-Requested-With": "fetch", Accept: "application/json" },
    });
    if (answer.status === 200 && !answer.redirected) return await answer.json();
    if (answer.status === 422) return await answer.json();
    if (answer.status === 401 || answer.redirected) return "signin";
    if (answer.status === 429) hold(Date.now() + 1000 * (Number(answer.headers.get("Retry-After")) || 5));
    if (answer.status === 403 || answer.status === 404) return "denied";
    return "later";
  } catch {
    return "later";
  } finally {
    clearTimeout(timer);
  }
};

// Whoever sends what waits, and how much at once: the server takes 400 strokes of a sending.
const MOST = 300;
const batchOf = (waiting, most = MOST) => {
  const batch = waiting.slice(0, 1);
  let count = batch[0].strokes.length;
  for (const one of waiting.slice(1)) {
    count += one.strokes.length;
    if (count > most) break;
    batch.push(one);
  }
  return batch;
};

self.MinamoMarks = { ...self.MinamoMarks, Store: MarkStore, sendStrokes, batchOf };
