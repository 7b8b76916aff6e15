// <m-hotkeys>: any element with data-hotkey answers its key; silent while typing; ? lists them all. An Enter that is still held down
// from the page before presses nothing here.
const typing = (target) => target.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
const pressable = (target) => target.matches?.("a, button, summary, input, select");
const pressed = (event) => `${event.ctrlKey || event.metaKey ? "Control+" : ""}${event.key.toLowerCase()}`;

class Hotkeys extends HTMLElement {
  connectedCallback() {
    this.handler = (event) => this.answer(event);
    document.addEventListener("keydown", this.handler);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.handler);
  }

  answer(event) {
    if (event.repeat && event.key === "Enter" && pressable(event.target)) event.preventDefault();
    if (event.altKey || event.isComposing || event.defaultPrevented || event.repeat) return;
    const key = pressed(event);
    if (key === "enter" && pressable(event.target)) return; // it presses what has the focus
    if (typing(event.target) && !key.startsWith("Control+")) return;
    if (key === "?") return this.help(event);
    const sheet = document.querySelector("dialog[open]"); // what lies under an open sheet answers no key
    const element = [...(sheet ?? document).querySelectorAll("[data-hotkey]")].find(
      (candidate) => candidate.dataset.hotkey.toLowerCase() === key.toLowerCase() && candidate.checkVisibility(),
    );
    if (!element) return;
    event.preventDefault();
    element.focus();
    if (!element.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) element.click();
  }

  help(event) {
    event.preventDefault();
    if (document.querySelector("dialog[open]")) return;
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "hotkeys-title");
    const head = Object.assign(document.createElement("div"), { className: "dialog-head" });
    const title = Object.assign(document.createElement("h2"), { id: "hotkeys-title", textContent: "キーボードの使い方" });
    const close = Object.assign(document.createElement("button"), { className: "btn small ghost", textContent: "閉じる" });
    close.addEventListener("click", () => dialog.close());
    head.append(title, close);
    const list = Object.assign(document.createElement("ul"), { className: "key-list" });
    list.append(...this.hints(), ...this.buttons());
    dialog.append(head, list);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  // The keys of the page as its own line of keys says them; data-help says more than there is room for there.
  hints() {
    return [...document.querySelectorAll(".keys > span")].map((hint) => {
      const caps = [...hint.childNodes].filter((node) => node.nodeName === "KBD" || node.textContent.trim() === "–");
      return this.line(caps.map((node) => node.textContent).join(" "), hint.dataset.help ?? this.wordsOf(hint));
    });
  }

  buttons() {
    return [...document.querySelectorAll("[data-hotkey]")].filter((one) => !one.closest("dialog")).map((one) => (
      this.line(one.dataset.hotkey.toUpperCase().replace("CONTROL+", "Ctrl "),
        one.dataset.hotkeyLabel || one.getAttribute("aria-label") || one.placeholder || this.wordsOf(one))));
  }

  wordsOf(element) {
    const copy = element.cloneNode(true);
    for (const cap of copy.querySelectorAll("kbd")) cap.remove();
    return copy.textContent.trim().slice(0, 40);
  }

  line(key, text) {
    const row = document.createElement("li");
    row.append(Object.assign(document.createElement("kbd"), { textContent: key }), Object.assign(document.createElement("span"), { textContent: text }));
    return row;
  }
}
customElements.define("m-hotkeys", Hotkeys);
