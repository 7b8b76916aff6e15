// The key of this browser: made here, kept where scripts of this site can use but not read it (IndexedDB, not extractable).
// Pages have it in their bundle, the service worker by importScripts; both sign with it.
self.MinamoKey = (() => {
  const MAKE = { name: "ECDSA", namedCurve: "P-256" };
  const SIGN = { name: "ECDSA", hash: "SHA-256" };
  const letters = new TextEncoder();
  const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

  const shelf = async (mode, work) => {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open("minamo-device", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("keys");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction("keys", mode);
        const request = work(transaction.objectStore("keys"));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  };

  return {
    kept: () => shelf("readonly", (keys) => keys.get("device")),
    async make() {
      const pair = await crypto.subtle.generateKey(MAKE, false, ["sign"]);
      await shelf("readwrite", (keys) => keys.put(pair, "device"));
      return pair;
    },
    publicPart: async (pair) => base64(await crypto.subtle.exportKey("spki", pair.publicKey)),
    sign: async (pair, text) => base64(await crypto.subtle.sign(SIGN, pair.privateKey, letters.encode(text))),
    // Whether requests are to be signed: how far the server's clock is ahead (ms) on a browser of the staff, null elsewhere.
    skew: () => shelf("readonly", (keys) => keys.get("skew")),
    keepSkew: (ahead) => shelf("readwrite", (keys) => keys.put(ahead, "skew")),
  };
})();
