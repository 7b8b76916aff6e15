// <m-progress-page>: what others mark stands here without a reload. The keys stay at the same act of the same question; nothing
// moves while somebody presses or types.
const PAUSE = 1500;

class ProgressPage extends HTMLElement {
  connectedCallback() {
    this.onmarks = () => { this.timer ??= setTimeout(() => this.renew(), PAUSE); };
    for (const name of ["marks", "resync"]) document.addEventListener(`live:${name}`, this.onmarks);
  }

  disconnectedCallback() {
    for (const name of ["marks", "resync"]) document.removeEventListener(`live:${name}`, this.onmarks);
  }

  async renew() {
    this.timer = undefined;
    if (this.busy) return this.onmarks();
    const answer = await fetch(this.dataset.src, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("m-progress-page");
    if (!fresh) return;
    if (this.busy) return this.onmarks();
    const hand = this.contains(document.activeElement) ? document.activeElement : null;
    const at = hand && this.called(hand);
    this.replaceChildren(...document.adoptNode(fresh).childNodes);
    if (hand) this.same(hand, at)?.focus({ preventScroll: true });
  }

  get busy() { return Boolean(this.querySelector(":active, input:focus")); }

  // By its row and what it does; whoever has claimed a question finds the other act of the same row.
  called(one) { return one.closest("tr")?.querySelector("th a")?.getAttribute("href") ?? ""; }

  same(hand, row) {
    const said = (one) => `${one.localName} ${one.getAttribute("aria-label") ?? one.textContent.trim()}`;
    const here = [...this.querySelectorAll("a, button, [tabindex]")].filter((one) => this.called(one) === row);
    return here.find((one) => said(one) === said(hand)) ?? here.find((one) => one.localName === hand.localName) ?? here[0];
  }
}
customElements.define("m-progress-page", ProgressPage);
