// The service worker: for families the notice form opens without a line, and what was written goes out when the line is back;
// for the staff every request is signed with the key of the browser. No personal page is ever kept.
// The server puts VERSION, ASSETS, OFFLINE, STATIC and the imports of refusal.js, sealed.js, queue.js and browserkey.js before this text.
const CACHE = `minamo-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    if ((await hand()).ahead === null) await keep();
    await self.skipWaiting();
  })());
});

// What the notice form needs; a browser of the staff does without.
const keep = async () => {
  const cache = await caches.open(CACHE);
  if (await cache.match(OFFLINE)) return;
  await cache.addAll([...ASSETS, OFFLINE].map((url) => new Request(url, { cache: "reload", credentials: "omit" })));
};

// The key and how far the server's clock is ahead; read once, and again when a page says that they changed.
let known = null;
let settled = null; // the same, once it has been read
const read = async () => {
  const [pair, ahead] = await Promise.all([MinamoKey.kept(), MinamoKey.skew()]).catch(() => [null, null]);
  return { pair, ahead: pair ? ahead ?? null : null };
};
const hand = async () => {
  const asked = (known ??= read());
  const found = await asked;
  if (asked === known) settled = found; // else a page has said meanwhile that they changed
  return found;
};

self.addEventListener("message", (event) => {
  known = settled = null;
  if (event.data === "claim") event.waitUntil(self.clients.claim());
  if (event.data === "family") event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("minamo-") && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "GET" && ASSETS.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname, { cacheName: CACHE }).then((kept) => kept ?? fetch(request)));
  } else if (!url.pathname.startsWith(STATIC) && (request.mode === "navigate" || settled?.ahead !== null)) {
    event.respondWith(answer(request, url));
  }
});

const answer = async (request, url) => {
  const { pair, ahead } = await hand();
  // What another site sends is handed on as it came: with its own origin, and without the cookies that were kept from it.
  const ours = request.method === "GET" || request.referrer.startsWith(`${self.location.origin}/`);
  if (ahead !== null && ours) {
    const sent = fetch(await signed(request, url, pair, ahead));
    return request.mode === "navigate" && request.method === "GET" ? sent.catch(noLine) : sent;
  }
  if (request.mode !== "navigate" || request.method !== "GET" || ahead !== null) return fetch(request);
  return fetch(request).catch(() => caches.match(OFFLINE));
};

// A page of the staff that is opened or reloaded without a line: nothing of it is kept, and what waits is safe.
const noLine = () => new Response(`<!doctype html><html lang="ja"><meta charset="utf-8"><title>回線がありません</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>body { max-width: 34rem; margin: 18vh auto; padding: 0 20px; font: 1rem/1.8 system-ui, sans-serif; }</style>
<main><h1>いまは回線がありません</h1><p>この画面を開けませんでした。送る前の出欠や採点は、この端末に残っています。なくなりません。</p>
<p>回線が戻ったら、もう一度開いてください。</p><p><a href="">もう一度開く</a></p></main>`,
{ status: 503, headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'" } });

// The same request with a signature over what is asked and when; the server knows the key of this browser's proof.
const signed = async (request, url, pair, ahead) => {
  const at = Date.now() + ahead;
  const { method, credentials, redirect, referrer, signal } = request;
  const headers = new Headers(request.headers);
  headers.set("X-Minamo-Signature", `${at}.${await MinamoKey.sign(pair, `minamo-request:${at}\n${method}\n${url.pathname}${url.search}`)}`);
  const body = method === "GET" || method === "HEAD" ? undefined : await request.blob();
  const cache = request.cache === "only-if-cached" ? "default" : request.cache;
  return new Request(request.url, { method, headers, body, credentials, redirect, referrer, cache, signal });
};

self.addEventListener("sync", (event) => {
  if (event.tag !== MinamoQueue.SYNC_TAG) return;
  event.waitUntil(MinamoQueue.flush({ all: true }).then(async () => {
    // Throwing makes the browser try again later; a missing sign-in is not helped by trying.
    if (await MinamoQueue.nextTry() !== null) throw new Error("still waiting for the line");
  }));
});
