// The waiting line of strokes on this device: every key is kept before it is sent, and leaves the device when the server has
// taken it. Each stroke has its own key, so that sending again is always safe. Only ids and points lie here, no names.
const FIRST_PAUSE = 1500;
const LONGEST_PAUSE = 30_000;
const GATHER = 120; // milliseconds in which keys come together into one sending
const PATIENCE = 12_000;
const MOST = 300; // strokes of one sending; the server takes 400

const open = () => new Promise((resolve, reject) => {
  const request = indexedDB.open("minamo-marking", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("strokes", { keyPath: "n", autoIncrement: true });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
  request.onblocked = () => reject(new Error("blocked"));
});

class MarkQueue {
  // `told`: {state(name, waiting), taken(answer, strokes), refused(words)}
  constructor({ account, sitting, url, token, told }) {
    Object.assign(this, { account, sitting, url, token, told, tries: 0, device: crypto.randomUUID() });
    this.ready = open().catch(() => null); // a private window without storage: kept in memory only
    this.memory = [];
    this.ononline = () => this.flush();
    addEventListener("online", this.ononline);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.flush(); });
    addEventListener("beforeunload", (event) => { if (this.unsafe) event.preventDefault(); });
  }

  // Memory only, and not sent: leaving the page would lose it.
  get unsafe() { return this.memory.length > 0; }

  async run(mode, work) {
    const database = await this.ready;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("strokes", mode, mode === "readwrite" ? { durability: "strict" } : {});
      const request = work(transaction.objectStore("strokes"));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  async mine() {
    const kept = (await this.ready) ? await this.run("readonly", (store) => store.getAll()) : this.memory;
    return kept.filter((one) => one.account === this.account && one.sitting === this.sitting);
  }

  // Kept first, then sent. Resolves when it is safe on this device.
  async add(strokes) {
    if (!strokes.length) return;
    this.told.state("saving", 0);
    const entry = { account: this.account, sitting: this.sitting, strokes };
    if (await this.ready) await this.run("readwrite", (store) => store.add(entry));
    else this.memory.push({ ...entry, n: crypto.randomUUID() });
    if (!this.sending) { clearTimeout(this.timer); this.timer = setTimeout(() => this.flush(), GATHER); } else this.again = true;
  }

  async drop(entries) {
    const gone = new Set(entries.map(({ n }) => n));
    if (!(await this.ready)) { this.memory = this.memory.filter(({ n }) => !gone.has(n)); return; }
    await this.run("readwrite", (store) => { for (const n of gone) store.delete(n); });
  }

  // Several windows, one line: whoever has the lock sends.
  flush() {
    clearTimeout(this.timer);
    if (this.sending) { this.again = true; return this.sending; }
    const work = () => this.drain();
    this.sending = (navigator.locks ? navigator.locks.request("minamo-marking", work) : work())
      .finally(() => { this.sending = null; if (this.again) { this.again = false; this.flush(); } });
    return this.sending;
  }

  later() {
    clearTimeout(this.timer);
    const asked = (this.hold ?? 0) - Date.now(); // being asked to wait is no failed try
    this.timer = setTimeout(() => this.flush(), asked > 0 ? asked : Math.min(FIRST_PAUSE * 2 ** this.tries, LONGEST_PAUSE));
    if (asked <= 0) this.tries += 1;
  }

  async drain() {
    let most = MOST;
    if (this.hold > Date.now()) return this.later(); // the server asked us to wait; every key is kept
    for (;;) {
      const waiting = await this.mine();
      if (!waiting.length) { this.tries = 0; this.told.state("saved", 0); return; }
      this.told.state("saving", waiting.length);
      const batch = waiting.slice(0, 1);
      let count = batch[0].strokes.length;
      for (const one of waiting.slice(1)) {
        count += one.strokes.length;
        if (count > most) break;
        batch.push(one);
      }
      const strokes = batch.flatMap((one) => one.strokes);
      const answer = await this.send(strokes);
      if (typeof answer === "string") {
        this.told.state(answer, waiting.reduce((sum, one) => sum + one.strokes.length, 0));
        return answer === "denied" ? undefined : this.later();
      }
      if (answer.error && batch.length > 1) { most = 0; continue; } // one at a time: only what is refused itself goes
      await this.drop(batch);
      if (answer.error) this.told.refused(answer.error, strokes);
      else this.told.taken(answer, strokes);
    }
  }

  // → the server's answer | {error} | "later" | "signin" | "denied" (kept; sent again when the screen is opened anew)
  async send(strokes) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const body = JSON.stringify({ strokes, device: this.device });
      const answer = await fetch(this.url, {
        method: "POST", credentials: "same-origin", cache: "no-store", signal: stop.signal, keepalive: body.length < 60_000, body,
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token(), "X-Requested-With": "fetch", Accept: "application/json" },
      });
      if (answer.status === 200 && !answer.redirected) return await answer.json();
      if (answer.status === 422) return await answer.json();
      if (answer.status === 401 || answer.redirected) return "signin";
      if (answer.status === 403 || answer.status === 404) return "denied";
      if (answer.status === 429) this.hold = Date.now() + 1000 * (Number(answer.headers.get("Retry-After")) || 5);
      return "later";
    } catch {
      return "later";
    } finally {
      clearTimeout(timer);
    }
  }
}

self.MinamoMarks = { ...self.MinamoMarks, Queue: MarkQueue };
