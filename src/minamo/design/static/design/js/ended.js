// <m-ended account ask watch login>: the sign-in has ended, or this screen is refused by now. What is on the screen is covered, not thrown
// away: what was typed stays where it is, what waits to be sent waits. After the sign-in of the same person in another window the
// screen comes back with what was being typed; without anything typed it is simply opened anew. For another person it is gone.
// A visible screen holds one line to the server that says when the sign-in is over; a screen that is live holds its own. A hidden one
// holds none: it asks when it is looked at again, or when another screen of this browser has noticed (docs/adr/0045).
const CALM = 1500; // milliseconds; who only passes through a page opens no line
const SILENCE = 40_000; // longer than two beats: the line is dead though nobody has said so
const others = "BroadcastChannel" in self ? new BroadcastChannel("minamo-ended") : undefined;
const changed = (field) => field.checkVisibility() && (["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked
  : field.tagName === "SELECT" ? [...field.options].some((one) => one.selected !== one.defaultSelected) && field.selectedIndex > 0
    : field.value !== (field.defaultValue ?? ""));
const asked = self.fetch.bind(self);
// Only time has passed, nothing was taken away: what is on the screen stays, and the next act asks for the proof where it is done.
const LAPSED = ["proof", "person", "act"];
const refusing = (answer) => [403, 404].includes(answer?.status) && !LAPSED.includes(answer.headers.get("X-Minamo-Way"));

class Ended extends HTMLElement {
  connectedCallback() {
    this.words = Object.fromEntries([...this.querySelectorAll("template")].map((one) => [one.dataset.kind, one]));
    this.look = () => {
      if (document.visibilityState !== "visible") return this.rest();
      return this.kind === "ended" ? this.resume() : this.watch();
    };
    document.addEventListener("visibilitychange", this.look);
    window.addEventListener("focus", this.look);
    window.addEventListener("pageshow", this.look);
    this.leave = () => this.rest();
    window.addEventListener("pagehide", this.leave);
    this.onhtmx = (event) => event.detail.xhr.status === 401 && this.cover("ended");
    document.addEventListener("htmx:responseError", this.onhtmx);
    this.heard = ({ data }) => data === this.getAttribute("account") && this.check();
    others?.addEventListener("message", this.heard);
    this.timer = setTimeout(() => this.watch(), CALM);
  }

  disconnectedCallback() {
    this.rest();
    for (const name of ["focus", "pageshow"]) window.removeEventListener(name, this.look);
    document.removeEventListener("visibilitychange", this.look);
    window.removeEventListener("pagehide", this.leave);
    document.removeEventListener("htmx:responseError", this.onhtmx);
    others?.removeEventListener("message", this.heard);
  }

  watch() {
    if (this.kind || this.source || document.visibilityState !== "visible" || document.querySelector("m-live")) return;
    clearTimeout(this.timer);
    const source = new EventSource(this.getAttribute("watch"));
    this.source = source;
    source.addEventListener("here", ({ data }) => this.belongs(JSON.parse(data)) && this.beat());
    source.addEventListener("beat", () => this.beat());
    source.addEventListener("revoked", () => this.check(true));
    source.addEventListener("error", () => source.readyState === EventSource.CLOSED && this.check());
  }

  rest() {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.source?.close();
    this.source = undefined;
  }

  beat() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.rest();
      this.watch();
    }, SILENCE);
  }

  // Another person has signed in in this browser: this screen is not theirs.
  belongs({ account }) {
    if (account === this.getAttribute("account")) return true;
    location.replace("/");
    return false;
  }

  // Does the sign-in still stand and, where what it rests on has `changed`, this very screen?
  async check(changed = false) {
    this.rest();
    if (this.kind || this.asking) return;
    this.asking = true;
    let answer = await this.ask(this.getAttribute("ask"));
    if (answer?.ok && this.belongs(await answer.json()) && changed) answer = await this.ask(location.href, "HEAD");
    this.asking = false;
    if (answer?.status === 401) this.cover("ended");
    else if (refusing(answer) && (changed || answer.status === 403)) this.cover("refused");
    else this.timer = setTimeout(() => this.watch(), 2 * CALM * (1 + Math.random()));
  }

  // An answer a stream of this page got instead of events: whether the screen is covered for it.
  closed(answer) {
    if (answer?.status === 401) this.cover("ended");
    else if (refusing(answer)) this.cover("refused");
    return Boolean(this.kind);
  }

  ask(address, method = "GET") {
    return asked(address, { method, headers: { "X-Requested-With": "fetch" }, cache: "no-store" }).catch(() => null);
  }

  cover(kind) {
    if (this.kind) return;
    this.kind = kind;
    this.rest();
    if (kind === "ended") others?.postMessage(this.getAttribute("account"));
    this.typing = [...document.querySelectorAll(":is(#main, dialog[open]) :is(input, textarea, select)")].some(changed);
    const here = location.pathname + location.search;
    const dialog = Object.assign(document.createElement("dialog"), { className: "stack" });
    dialog.append(this.words[kind].content.cloneNode(true));
    const link = dialog.querySelector("a");
    link.href = kind === "ended" ? `${this.getAttribute("login")}?${new URLSearchParams({ next: here, ended: "yes" })}` : here;
    if (kind === "ended" && this.typing) link.target = "_blank";
    if (!link.target) dialog.querySelector("[data-typing]")?.remove();
    dialog.querySelector("h2").id = "ended-title";
    dialog.setAttribute("aria-labelledby", "ended-title");
    dialog.addEventListener("close", () => this.kind && dialog.showModal()); // Escape uncovers nothing
    this.replaceChildren(dialog);
    this.title = document.title;
    document.title = this.words[kind].dataset.title; // the page's own may name a child
    document.body.dataset.ended = kind;
    dialog.showModal();
    link.focus();
  }

  async resume() {
    const answer = await this.ask(this.getAttribute("ask"));
    if (!answer?.ok || !this.kind) return;
    const { account, token } = await answer.json();
    if (!this.belongs({ account })) return;
    if (!this.typing) return location.reload();
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token; // each sign-in has its own
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    this.kind = undefined;
    document.title = this.title;
    delete document.body.dataset.ended;
    this.replaceChildren();
    window.dispatchEvent(new Event("online")); // what waits goes out
    this.watch();
  }
}
customElements.define("m-ended", Ended);

// Whatever a page asks in the background: the answer that nobody is signed in covers the screen.
self.fetch = async (...request) => {
  const answer = await asked(...request);
  if (answer.status === 401) document.querySelector("m-ended")?.cover("ended");
  return answer;
};
