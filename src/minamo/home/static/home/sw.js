// The service worker: the notice form opens without a line, and what was written goes out when the line is back.
// The server puts VERSION, ASSETS, OFFLINE and the import of queue.js before this text. No personal page is ever kept.
const CACHE = `minamo-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([...ASSETS, OFFLINE].map((url) => new Request(url, { cache: "reload", credentials: "omit" })));
    await self.skipWaiting();
  })());
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
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (ASSETS.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname, { cacheName: CACHE }).then((kept) => kept ?? fetch(request)));
  }
});

self.addEventListener("sync", (event) => {
  if (event.tag !== MinamoQueue.SYNC_TAG) return;
  event.waitUntil(MinamoQueue.flush({ all: true }).then(async () => {
    // Throwing makes the browser try again later; a missing sign-in is not helped by trying.
    if (await MinamoQueue.nextTry() !== null) throw new Error("still waiting for the line");
  }));
});
