// <m-proof> proves the key of this browser once (`then`: goes there) or again and again (`every`: seconds, and whenever the page is looked
// at or the line is back), and has the service worker sign every request from then on: a copied cookie opens nothing without the key.
const PREFIX = "minamo-device-proof:";
const PATIENCE = 8000; // milliseconds until a browser is taken for one without a service worker
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

// The service worker signs for this page. A page loaded past it (a forced reload) asks to be taken in.
const signing = async () => {
  const workers = navigator.serviceWorker;
  if (!workers) return false;
  const taken = new Promise((resolve) => {
    if (workers.controller) resolve(true);
    workers.addEventListener("controllerchange", () => resolve(true), { once: true });
    setTimeout(resolve, PATIENCE, false);
  });
  const registration = await workers.register("/sw.js").catch((problem) => console.warn("service worker", problem.message));
  if (!registration) return false;
  registration.active?.postMessage(workers.controller ? "key" : "claim");
  return taken;
};
// A page that was refused in spite of a signature does not ask for another one: it would come back for ever.
const again = (address) => {
  const [before, at] = JSON.parse(sessionStorage.getItem("minamo-proof") ?? "[]");
  sessionStorage.setItem("minamo-proof", JSON.stringify([address, Date.now()]));
  return before === address && Date.now() - at < 2 * PATIENCE;
};

class Proof extends HTMLElement {
  connectedCallback() {
    const every = Number(this.getAttribute("every")) * 1000;
    if (!every) return void this.once();
    this.timer = setInterval(() => this.prove(), every);
    this.back = () => document.visibilityState === "visible" && this.prove();
    document.addEventListener("visibilitychange", this.back);
    addEventListener("online", this.back);
    this.back();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.back);
    removeEventListener("online", this.back);
  }

  // Whether this address is one of the proof itself.
  asks(address) { return [this.getAttribute("challenge"), this.getAttribute("proof")].includes(String(address)); }

  async once() {
    const plainly = this.hasAttribute("then") && again(this.getAttribute("then"));
    const proved = await this.prove(plainly && !this.hasAttribute("signed"));
    const state = this.querySelector("[data-state]");
    const unsigned = this.querySelector("[data-unsigned]");
    // A signature is wanted and none can come (no service worker), or it has just been refused: the person is asked instead.
    if (proved && unsigned && (plainly || this.dataset.signs !== "yes")) {
      if (state) state.hidden = true;
      unsigned.hidden = false;
    } else if (!proved) {
      if (state) state.hidden = true;
      const failed = this.querySelector("[data-failed]");
      if (failed) failed.hidden = false;
    } else if (this.hasAttribute("then")) location.replace(this.getAttribute("then"));
    else if (state) state.textContent = "この端末の鍵を確かめました。";
  }

  // Whoever asks while a proof is on its way gets that one.
  prove(plainly = false) {
    this.proving ??= this.proveNow(plainly).finally(() => { this.proving = undefined; });
    return this.proving;
  }

  async proveNow(plainly) {
    if (!self.crypto?.subtle) return false;
    try {
      const pair = (await MinamoKey.kept()) ?? (this.hasAttribute("demo") ? await MinamoKey.make() : null);
      if (!pair) return false;
      const asked = await fetch(this.getAttribute("challenge"), { headers: { "X-Requested-With": "fetch" } });
      if (!asked.ok) return false;
      const { challenge, now } = await asked.json();
      await MinamoKey.keepSkew(now - Date.now());
      // Where a service worker can sign, no proof is asked for without it: such a proof could be copied.
      const signs = (await signing()) && !plainly;
      const facts = JSON.stringify(await aboutThisBrowser());
      const signature = await MinamoKey.sign(pair, `${PREFIX}${challenge}\n${facts}`);
      const body = new URLSearchParams({ challenge, facts, signature, signs: signs ? "yes" : "" });
      if (this.hasAttribute("demo")) body.set("key", await MinamoKey.publicPart(pair));
      const headers = { "X-Requested-With": "fetch", "X-CSRFToken": token() };
      const answer = await fetch(this.getAttribute("proof"), { method: "POST", body, headers });
      if (answer.ok) this.dataset.signs = signs ? "yes" : "no";
      return answer.status === 204;
    } catch {
      return false;
    }
  }
}
customElements.define("m-proof", Proof);

// Whatever a page asks in the background: where only the proof of the device has run out (a line that was away, a lid that was closed),
// it is made anew and the same is asked once more. What is refused even so, the caller reads (refusal.js). Where an answer has led on
// elsewhere, what was asked is done: only the page it leads to was refused.
const native = self.fetch.bind(self);
self.fetch = async (address, ...how) => {
  const answer = await native(address, ...how);
  if (answer.status !== 403 || answer.redirected || answer.headers.get("X-Minamo-Way") !== "proof") return answer;
  const proof = document.querySelector("m-proof[every]");
  return proof && !proof.asks(address) && (await proof.prove()) ? native(address, ...how) : answer;
};

// The same for what htmx asks: the refusal is put aside, and when the proof is there the same goes out once more.
const AGAIN = "X-Minamo-Again";
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, elt, target, etc, requestConfig: { verb, path, formData, headers, triggeringEvent } } = event.detail;
  const proof = document.querySelector("m-proof[every]");
  if (!proof || headers[AGAIN] || xhr.status !== 403 || xhr.getResponseHeader("X-Minamo-Way") !== "proof") return;
  event.preventDefault();
  event.detail.again = true; // no answer yet, for who counts them (savestate.js)
  const { handler, swapOverride: swap, select, push, replace, selectOOB } = etc;
  const same = { source: elt, target, values: formData, event: triggeringEvent, handler, swap, select, push, replace, selectOOB };
  proof.prove().finally(() => self.htmx.ajax(verb, path, { ...same, headers: { ...etc.headers, [AGAIN]: "yes" } }));
});

// <m-device-registration>: makes the key when the form is sent, so that looking at the page changes nothing.
class Registration extends HTMLElement {
  connectedCallback() {
    this.querySelector("form").addEventListener("submit", async (event) => {
      const form = event.target;
      if (form.elements.key.value) return;
      event.preventDefault();
      // A browser that has a key keeps it: the line it stands on counts until the new one is approved.
      form.elements.key.value = await MinamoKey.publicPart((await MinamoKey.kept()) ?? (await MinamoKey.make()));
      navigator.serviceWorker?.controller?.postMessage("key");
      form.requestSubmit(event.submitter);
    });
  }
}
customElements.define("m-device-registration", Registration);

// The demo's one-click persons: the key is made and the service worker stands before the first page, so that no cookie counts alone.
const becomes = document.querySelectorAll("form[data-becomes]");
const ahead = Number(becomes[0]?.dataset.becomes) - Date.now();
const become = async (event) => {
  const form = event.currentTarget;
  if (form.elements.key.value || !self.crypto?.subtle || !navigator.serviceWorker) return;
  event.preventDefault();
  try {
    const pair = (await MinamoKey.kept()) ?? (await MinamoKey.make());
    await MinamoKey.keepSkew(ahead);
    await navigator.serviceWorker.register("/sw.js");
    const active = await Promise.race([navigator.serviceWorker.ready, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    active?.active.postMessage("key");
    if (active) form.elements.key.value = await MinamoKey.publicPart(pair);
  } catch (problem) {
    console.warn("service worker", problem.message);
  }
  form.removeEventListener("submit", become);
  form.requestSubmit(event.submitter);
};
for (const form of becomes) form.addEventListener("submit", become);

// What was typed goes on by itself once the proof is there.
document.querySelector("form[data-continue]")?.requestSubmit();

// A passkey that is not there, or a dialogue that was closed: allauth's script only writes to the console.
document.addEventListener("allauth.error", () => {
  for (const problem of document.querySelectorAll("[data-key-problem]")) problem.hidden = false;
});
