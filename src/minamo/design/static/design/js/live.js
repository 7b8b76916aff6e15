// <m-live src>: an event stream. Each event becomes `live:<name>` on document with the ids as detail; a lost line shows
// itself and, once back, asks every listener for the whole screen (`live:resync`).
class Live extends HTMLElement {
  connectedCallback() {
    this.state = this.querySelector(".live-state");
    this.open();
    this.leave = () => this.source?.close();
    window.addEventListener("pagehide", this.leave);
  }

  disconnectedCallback() {
    window.removeEventListener("pagehide", this.leave);
    this.source?.close();
  }

  open() {
    this.source = new EventSource(this.getAttribute("src"));
    let lost = false;
    this.source.addEventListener("open", () => {
      this.show("open", "自動で更新");
      if (lost) this.tell("resync", {});
      lost = false;
      this.dataset.ready = "true";
    });
    this.source.addEventListener("error", async () => {
      lost = true;
      const { source } = this;
      this.show("waiting", "つなぎ直しています");
      if (await this.refused()) return source.close();
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.isConnected && this.open(), 3000);
    });
    for (const name of (this.getAttribute("events") || "register attendance emergency resync").split(" ")) {
      this.source.addEventListener(name, (event) => this.tell(name, JSON.parse(event.data)));
    }
  }

  // A line that is gone may be the line, or a door that has closed: an EventSource does not say which, so it is asked. A closed door
  // takes the data off the screen (<m-ended>); where only a proof has run out, the line comes back with the next one.
  async refused() {
    const stop = new AbortController();
    const answer = await fetch(this.getAttribute("src"), { headers: { "X-Requested-With": "fetch" }, cache: "no-store", signal: stop.signal }).catch(() => null);
    stop.abort();
    if (!document.querySelector("m-ended")?.closed(answer)) return false;
    this.show("refused", "自動の更新は止まりました");
    return true;
  }

  tell(name, detail) {
    document.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));
  }

  show(state, text) {
    if (!this.state) return;
    this.state.dataset.state = state;
    this.state.textContent = text;
  }
}
customElements.define("m-live", Live);

// <m-clock at="ISO moment">: the hour for the large screen, by the server's clock.
class Clock extends HTMLElement {
  connectedCallback() {
    const ahead = this.hasAttribute("at") ? Date.parse(this.getAttribute("at")) - Date.now() : 0;
    const tick = () => {
      this.textContent = new Intl.DateTimeFormat("ja-JP", { hour: "numeric", minute: "2-digit", timeZone: "Asia/Tokyo" }).format(new Date(Date.now() + ahead));
    };
    tick();
    this.timer = setInterval(tick, 5000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
}
customElements.define("m-clock", Clock);
