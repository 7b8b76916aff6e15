// The waiting line of notices on this device: written now, sent as soon as there is a line, exactly once.
// A classic script, because pages load it by <script> and the service worker by importScripts (after design/js/refusal.js and sealed.js).
// Each entry carries its own key; the server takes a key once, so that trying again is always safe. What was written lies under the
// lock of its writer (docs/adr/0038), whose keys stay on the device, usable and not readable, while she is signed in.
self.MinamoQueue = (() => {
  const QUEUE_URL = "/notices/queue/";
  const NOTICES_URL = "/notices/";
  const SYNC_TAG = "minamo-notices";
  const KEEP_SENT = 12 * 3600 * 1000;
  const FIRST_PAUSE = 4000;
  const LONGEST_PAUSE = 5 * 60 * 1000;
  const LONGEST_ASKED = 3600; // seconds
  const PATIENCE = 12000;
  const channel = "BroadcastChannel" in self ? new BroadcastChannel("minamo-queue") : null;
  const listeners = new Set();
  const OPEN = ["key", "account", "state", "tries", "next", "hold", "sentAt", "at", "written"]; // what the line needs without the lock
  const LOCKED = "まだ送っていない連絡";

  // --- what is kept on the device ---

  const open = () => new Promise((resolve, reject) => {
    const request = indexedDB.open("minamo", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("queue", { keyPath: "key" });
      request.result.createObjectStore("family", { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });

  const run = async (store, mode, work) => {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(store, mode);
        const request = work(transaction.objectStore(store));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = () => reject(transaction.error);
        transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  };

  const stored = () => run("queue", "readonly", (store) => store.getAll());
  const patch = (entry, changes) => run("queue", "readwrite", (store) => store.put({ ...entry, ...changes }));

  // The lock of who is signed in on this device: {account, keys}, or nothing.
  const kept = () => run("family", "readonly", (store) => store.get("lock"));
  const keep = async ({ account, keys }) => {
    const made = await new self.MinamoSealed.Lock(keys).keys;
    await run("family", "readwrite", (store) => store.put({ id: "lock", account, keys: made }));
    return { account, keys: made };
  };
  // Whoever is signed in now holds the lock; that of somebody before her goes.
  const hold = async (account) => {
    const held = await kept();
    if (held && held.account !== account) await run("family", "readwrite", (store) => store.delete("lock"));
    if (held?.account === account) return held;
    const pass = await passport();
    return pass.account === account && pass.keys && self.crypto?.subtle ? keep(pass) : null;
  };

  const opened = async (entry, held) => {
    const { iv, sealed, ...open } = entry;
    if (!sealed) return entry; // written before there was a lock
    const content = held?.account === entry.account ? await new self.MinamoSealed.Lock(held.keys).open({ iv, sealed }) : undefined;
    return content === undefined ? { ...open, title: LOCKED, locked: true } : { ...open, ...content };
  };
  const entries = async () => {
    const [held, all] = await Promise.all([kept(), stored()]);
    return Promise.all(all.map((entry) => opened(entry, held)));
  };
  const write = async (entry, held) => {
    const lock = held ?? await hold(entry.account);
    if (!lock) throw new Error("no lock");
    const split = (open) => Object.fromEntries(Object.entries(entry).filter(([name]) => OPEN.includes(name) === open));
    await patch({ ...split(true), ...await new self.MinamoSealed.Lock(lock.keys).seal(split(false)) });
  };
  const drop = (key) => run("queue", "readwrite", (store) => store.delete(key));

  const family = () => run("family", "readonly", (store) => store.get("family"));
  // First names and ids only: enough to write a notice without a line.
  const rememberFamily = (account, children, skew) =>
    run("family", "readwrite", (store) =>
      store.put({ id: "family", account, skew, children: children.map(({ id, name, place }) => ({ id, name, place })) }));

  // How far the school's clock is ahead of this device's (milliseconds), from a time the server wrote into a page.
  const skewOf = (text) => {
    const ahead = Date.parse(text) - Date.now();
    return Math.abs(ahead) > 2 * 60 * 1000 ? ahead : 0;
  };

  // --- telling the screens ---

  const tell = async () => {
    const now = await entries();
    channel?.postMessage("changed");
    for (const listener of listeners) listener(now);
  };
  if (channel) channel.onmessage = async () => {
    const now = await entries();
    for (const listener of listeners) listener(now);
  };
  const watch = async (listener) => {
    listeners.add(listener);
    listener(await entries());
  };

  // --- the line ---

  // How long the server asked us to wait (milliseconds); null when it did not.
  const askedToWait = (answer) => {
    if (answer.status !== 429) return null;
    const seconds = Number(answer.headers.get("Retry-After"));
    return (seconds > 0 ? Math.min(seconds, LONGEST_ASKED) : FIRST_PAUSE / 1000) * 1000 * (1 + Math.random() / 4);
  };

  const pause = (tries) => Math.min(FIRST_PAUSE * 2 ** tries, LONGEST_PAUSE) * (0.75 + Math.random() / 2);

  // → true when it goes out by itself with the page closed, false when a page must be open for it.
  const add = async (entry) => {
    await write({ state: "waiting", tries: 0, next: 0, ...entry });
    await tell();
    return askForSync();
  };

  // A browser that can will wake the service worker when the line is back, even with the tab closed.
  const askForSync = async () => {
    const registration = await self.navigator?.serviceWorker?.getRegistration?.() ?? self.registration;
    if (!registration?.active || !registration.sync) return false;
    try {
      await registration.sync.register(SYNC_TAG);
      return true;
    } catch {
      return false; // Not granted: the page itself tries again on "online", on becoming visible and by clock.
    }
  };

  const ask = async (url, options = {}) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      return await fetch(url, {
        credentials: "same-origin", cache: "no-store", redirect: "follow", signal: stop.signal, ...options,
        headers: { "X-Requested-With": "fetch", Accept: "application/json", ...options.headers },
      });
    } finally {
      clearTimeout(timer);
    }
  };

  // → {token, account} | {hold} when the server asks us to wait | "signin" | "later"
  const passport = async () => {
    try {
      const answer = await ask(QUEUE_URL);
      if (answer.status === 401 || answer.status === 404) return "signin";
      const asked = askedToWait(answer);
      if (asked !== null) return { hold: Date.now() + asked };
      if (!answer.ok || answer.redirected) return answer.redirected ? "signin" : "later";
      return await answer.json();
    } catch {
      return "later";
    }
  };

  // The server asked for patience: nothing is lost, and until then nothing is sent, whatever wakes us up.
  const held = (hold) => ({ state: "waiting", hold, next: hold });

  // One try. → the fields of the entry that change.
  const post = async (entry, token) => {
    let answer;
    try {
      answer = await ask(NOTICES_URL, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
        body: JSON.stringify(entry.body),
      });
    } catch {
      return { state: "waiting", tries: entry.tries + 1, next: Date.now() + pause(entry.tries) };
    }
    if (answer.status === 200 || answer.status === 201) {
      const { url, notices } = await answer.json();
      // What was written leaves the device; only the fact that it was sent stays for the screen.
      return { state: "sent", body: null, url, received: notices[0].received, sentAt: Date.now() };
    }
    if (answer.status === 401 || answer.redirected) return { state: "signin" };
    if (answer.status === 422) {
      // `told`: child → the notice that speaks of the day already; `unsent`: the other children of the same sending
      const { error, field, url, told, unsent } = await answer.json();
      return { state: "refused", error, field, url, told, unsent };
    }
    if (answer.status === 403 || answer.status === 404) {
      const { words, way, final } = await self.MinamoRefusal.of(answer);
      if (way === "stale") return { state: "stale" };
      if (answer.status === 404 || final) return { state: "refused", error: `この連絡は送れませんでした。${words}学校に電話で伝えてください。` };
      return { state: "waiting", tries: entry.tries + 1, next: Date.now() + pause(entry.tries), error: words };
    }
    const asked = askedToWait(answer);
    if (asked !== null) return held(Date.now() + asked);
    return { state: "waiting", tries: entry.tries + 1, next: Date.now() + pause(entry.tries) };
  };

  const titleOf = (children, what) => `${Object.values(children).join("・")}　${what}`;

  // The others of a sending that was refused because one child is told of already. The key stays: the server takes it
  // once for each child, and of these nothing has come yet.
  const sendRest = async (key) => {
    const entry = (await entries()).find((one) => one.key === key);
    if (!entry?.unsent?.length) return;
    const children = Object.fromEntries(Object.entries(entry.children).filter(([id]) => entry.unsent.includes(id)));
    const body = { ...entry.body, pupil: entry.unsent };
    const fresh = { state: "waiting", tries: 0, next: 0, error: null, url: null, told: null, unsent: null };
    await write({ ...entry, ...fresh, body, children, title: titleOf(children, entry.what) });
    await tell();
    await flush({ all: true });
  };

  // `pass` is the token and account of the page itself: saves a question on the way that nearly always works.
  const flushNow = async ({ all = false, pass: given = null } = {}) => {
    await sweep();
    const waiting = (await stored()).filter(
      (entry) => ["waiting", "signin"].includes(entry.state) && (all || entry.next <= Date.now()) && !(entry.hold > Date.now()));
    if (!waiting.length) return pending();
    let pass = given ?? await passport();
    for (const entry of waiting.sort((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
      if (pass === "later") {
        await patch(entry, { state: "waiting", tries: entry.tries + 1, next: Date.now() + pause(entry.tries) });
      } else if (pass === "signin") {
        await patch(entry, { state: "signin" });
      } else if (pass.hold) {
        await patch(entry, held(pass.hold));
      } else if (pass.account !== entry.account) {
        continue; // somebody else is signed in on this device: it waits for its own writer
      } else {
        const lock = pass.keys ? pass : await hold(pass.account);
        const whole = await opened(entry, lock);
        if (whole.locked) continue; // no key opens it any more, or the keys cannot be had just now
        let result = await post(whole, pass.token);
        if (result.state === "stale" && pass === given) { // the page's token may be older than the sign-in
          pass = await passport();
          result = pass.account === entry.account ? await post(whole, pass.token)
            : { state: pass === "signin" ? "signin" : "waiting" };
        }
        if (result.state === "stale") result = { state: "signin" };
        if (result.hold) pass = { hold: result.hold }; // the others wait as well
        await write({ ...whole, ...result }, lock);
      }
      await tell();
    }
    return pending();
  };

  const flush = (options) => self.MinamoSealed.inTurn("minamo-queue", () => flushNow(options));

  const pending = async () =>
    (await stored()).filter((entry) => ["waiting", "signin"].includes(entry.state)).length;

  const sweep = async () => {
    for (const entry of await stored()) {
      if (entry.state === "sent" && Date.now() - entry.sentAt > KEEP_SENT) await drop(entry.key);
    }
  };

  // When to try next (milliseconds from now), or null when nothing waits for the line.
  const nextTry = async () => {
    const waiting = (await stored()).filter((entry) => entry.state === "waiting");
    return waiting.length ? Math.max(500, Math.min(...waiting.map((entry) => entry.next)) - Date.now()) : null;
  };

  const discard = async (key) => {
    await drop(key);
    await tell();
  };

  // Sign-out: names, keys and what was sent leave the device. What is not yet sent stays, locked, and is sent when its writer is back.
  const forget = async () => {
    await run("family", "readwrite", (store) => store.clear());
    for (const entry of await stored()) if (["sent", "refused"].includes(entry.state)) await drop(entry.key);
    await tell();
  };

  return { SYNC_TAG, add, sendRest, titleOf, skewOf, entries, flush, discard, forget, family, rememberFamily, hold, kept, watch, nextTry, passport, pending };
})();
