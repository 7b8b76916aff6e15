// The key of this device: made by the browser, kept where scripts of this site can use but not read it (IndexedDB,
// not extractable). <m-proof> proves it once (`then`: goes there) or again and again (`every`: seconds).
const PREFIX = "minamo-device-proof:";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const text = new TextEncoder();
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
const newKey = async () => {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
  await shelf("readwrite", (keys) => keys.put(pair, "device"));
  return pair;
};
const keptKey = () => shelf("readonly", (keys) => keys.get("device"));
const publicPart = async (pair) => base64(await crypto.subtle.exportKey("spki", pair.publicKey));
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value
  ?? document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
// What the browser says about itself: a self-report, signed with the proof and weaker than a management tool's.
const aboutThisBrowser = async () => {
  const hints = await navigator.userAgentData?.getHighEntropyValues(["platformVersion", "fullVersionList"]).catch(() => null);
  const engine = hints?.fullVersionList?.find(({ brand }) => brand === "Chromium");
  if (engine) return { browser: "Chromium", version: engine.version, platform: hints.platform, platform_version: hints.platformVersion };
  const agent = navigator.userAgent;
  for (const [browser, pattern] of [["Firefox", /Firefox\/(\d+)/], ["Chromium", /Chrom(?:e|ium)\/(\d+)/], ["Safari", /Version\/(\d+)[\d.]* .*Safari/]]) {
    const found = agent.match(pattern);
    if (found) return { browser, version: found[1] };
  }
  return { browser: "" };
};

class Proof extends HTMLElement {
  connectedCallback() {
    const every = Number(this.getAttribute("every")) * 1000;
    if (!every) return void this.once();
    const again = () => document.visibilityState === "visible" && this.prove();
    this.timer = setInterval(() => this.prove(), every);
    this.back = again;
    document.addEventListener("visibilitychange", again);
    again();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.back);
  }

  async once() {
    const proved = await this.prove();
    const state = this.querySelector("[data-state]");
    if (!proved) {
      if (state) state.hidden = true;
      const failed = this.querySelector("[data-failed]");
      if (failed) failed.hidden = false;
    } else if (this.hasAttribute("then")) location.replace(this.getAttribute("then"));
    else if (state) state.textContent = "この端末の鍵を確かめました。";
  }

  async prove() {
    if (!self.crypto?.subtle) return false;
    try {
      const asked = await fetch(this.getAttribute("challenge"), { headers: { "X-Requested-With": "fetch" } });
      if (!asked.ok) return false;
      const { challenge } = await asked.json();
      const pair = (await keptKey()) ?? (this.hasAttribute("demo") ? await newKey() : null);
      if (!pair) return false;
      const facts = JSON.stringify(await aboutThisBrowser());
      const answer = text.encode(`${PREFIX}${challenge}\n${facts}`);
      const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, answer);
      const body = new URLSearchParams({ challenge, facts, signature: base64(signature) });
      if (this.hasAttribute("demo")) body.set("key", await publicPart(pair));
      const headers = { "X-Requested-With": "fetch", "X-CSRFToken": token() };
      return (await fetch(this.getAttribute("proof"), { method: "POST", body, headers })).status === 204;
    } catch {
      return false;
    }
  }
}
customElements.define("m-proof", Proof);

// <m-device-registration>: makes the key when the form is sent, so that looking at the page changes nothing.
class Registration extends HTMLElement {
  connectedCallback() {
    this.querySelector("form").addEventListener("submit", async (event) => {
      const form = event.target;
      if (form.elements.key.value) return;
      event.preventDefault();
      form.elements.key.value = await publicPart(await newKey());
      form.requestSubmit(event.submitter);
    });
  }
}
customElements.define("m-device-registration", Registration);

// What was typed goes on by itself once the proof is there.
document.querySelector("form[data-continue]")?.requestSubmit();
