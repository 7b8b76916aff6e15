// <m-lists data-url>: fetches its lists anew when something happened at the school; who is new glows once. What somebody
// is typing (an open call form) is never taken away: the lists wait until it is closed.
class Lists extends HTMLElement {
  connectedCallback() {
    this.heard = () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.refresh(), 80); };
    document.addEventListener("live:attendance", this.heard);
    document.addEventListener("live:resync", this.heard);
    this.addEventListener("toggle", () => this.late && this.heard(), true);
    this.minute = setInterval(this.heard, 60000);
  }

  disconnectedCallback() {
    document.removeEventListener("live:attendance", this.heard);
    document.removeEventListener("live:resync", this.heard);
    clearInterval(this.minute);
  }

  async refresh() {
    this.late = this.querySelector("details[open]") !== null;
    if (this.late || this.fetching) return;
    this.fetching = true;
    try {
      const response = await fetch(this.dataset.url, { headers: { "X-Requested-With": "fetch" } });
      if (response.ok) this.put(await response.text());
    } catch {
      this.timer = setTimeout(() => this.refresh(), 5000);
    } finally {
      this.fetching = false;
    }
  }

  put(html) {
    const known = new Set([...this.querySelectorAll("[data-person]")].map((element) => element.dataset.person));
    this.querySelector(".lists").innerHTML = html;
    for (const element of this.querySelectorAll("[data-person]")) {
      if (!known.has(element.dataset.person)) element.classList.add("new");
    }
  }
}
customElements.define("m-lists", Lists);
