// <m-savestate>: says what became of every htmx save on the page. A save the line swallowed is kept in order and sent
// again when the line is back; a later save of the same field replaces the earlier one.
const RETRY_MS = 5000;

class SaveState extends HTMLElement {
  connectedCallback() {
    this.text = this.querySelector(".save-state");
    this.waiting = new Map();
    this.flying = 0;
    this.hears = [
      [document.body, "htmx:beforeRequest", (event) => this.saves(event) && this.begin()],
      [document.body, "htmx:afterRequest", (event) => this.saves(event) && this.end(event.detail)],
      [document, "htmx:sendError", (event) => this.saves(event) && event.stopPropagation(), true], // said here, once
      [window, "online", () => this.flush()],
      [window, "beforeunload", (event) => this.waiting.size && event.preventDefault()],
    ];
    for (const [target, ...heard] of this.hears) target.addEventListener(...heard);
  }

  disconnectedCallback() {
    for (const [target, ...heard] of this.hears) target.removeEventListener(...heard);
    clearTimeout(this.timer);
  }

  saves(event) {
    return event.detail.requestConfig.verb !== "get";
  }

  begin() {
    this.flying += 1;
    this.show("saving", "保存中");
  }

  end({ xhr, requestConfig, successful, target, again }) {
    this.flying -= 1;
    if (again) return; // it goes out once more, proved (device.js)
    const key = `${requestConfig.verb} ${requestConfig.path} ${requestConfig.elt.name || requestConfig.elt.id}`;
    this.waiting.delete(key);
    if (xhr.status === 0 || xhr.status === 429) this.keep(key, requestConfig, target);
    if (this.waiting.size) this.show("waiting", `回線が戻ったら送ります（${this.waiting.size}件）`);
    else if (!successful) this.show("failed", "保存できませんでした。入力は残っています。");
    else if (!this.flying) this.show("saved", "保存しました");
  }

  keep(key, { verb, path, formData, elt }, target) {
    this.waiting.set(key, { verb, path, formData, elt, target });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), RETRY_MS);
  }

  async flush() {
    if (this.flushing) return;
    this.flushing = true;
    for (const [key, save] of [...this.waiting]) {
      if (this.waiting.get(key) !== save) continue; // a later save of the field has gone through
      const swap = save.elt.getAttribute("hx-swap") || undefined;
      const sent = window.htmx.ajax(save.verb, save.path, { source: save.elt, values: save.formData, target: save.target, swap });
      if (!(await sent.then(() => true, () => false))) break; // still no line: keep the order, try later
    }
    this.flushing = false;
  }

  show(state, text) {
    this.text.dataset.state = state;
    this.text.textContent = text;
  }
}
customElements.define("m-savestate", SaveState);
