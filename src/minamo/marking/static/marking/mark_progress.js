// <m-progress-page>: what others mark stands here without a reload; never under the hand (focus stays where it is).
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
    if (this.contains(document.activeElement)) return this.onmarks();
    const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("m-progress-page");
    if (fresh) this.replaceChildren(...document.adoptNode(fresh).childNodes);
  }
}
customElements.define("m-progress-page", ProgressPage);
