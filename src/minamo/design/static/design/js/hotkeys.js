// <m-hotkeys>: any element with data-hotkey answers its key; silent while typing; ? lists them all.
const typing = (target) => target.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
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
    if (event.altKey || event.isComposing || event.defaultPrevented || event.repeat) return;
    const key = pressed(event);
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
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-label", "キーボードの使い方");
    const rows = [...document.querySelectorAll("[data-hotkey]")].map((element) => {
      const text = element.dataset.hotkeyLabel || element.getAttribute("aria-label") || element.placeholder || element.textContent;
      const row = document.createElement("li");
      const key = document.createElement("kbd");
      key.textContent = element.dataset.hotkey;
      row.append(key, ` ${text.trim().slice(0, 40)}`);
      return row;
    });
    const list = document.createElement("ul");
    list.className = "stack-2";
    list.append(...rows);
    const close = document.createElement("button");
    close.className = "btn";
    close.textContent = "閉じる";
    close.addEventListener("click", () => dialog.close());
    dialog.append(list, close);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
}
customElements.define("m-hotkeys", Hotkeys);
