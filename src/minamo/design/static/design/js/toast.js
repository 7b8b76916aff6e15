// <m-toast>: short messages, with undo where there is one. Any code: document.dispatchEvent(new CustomEvent("toast", {detail: {text, undo}})).
class Toast extends HTMLElement {
  connectedCallback() {
    document.addEventListener("toast", (event) => this.show(event.detail));
    document.body.addEventListener("htmx:responseError", (event) => {
      if (event.detail.xhr.status !== 422) this.show({ text: "うまくいきませんでした。入力は残っています。もう一度お試しください。" });
    });
    document.body.addEventListener("htmx:sendError", () => this.show({ text: "回線がつながりません。入力は残っています。" }));
  }

  show({ text, undo, label = "取り消す", seconds = 8 }) {
    const box = document.createElement("div");
    box.className = "toast";
    box.append(text);
    if (undo) {
      const button = document.createElement("button");
      button.className = "btn small";
      button.textContent = label;
      button.addEventListener("click", () => { undo(); box.remove(); });
      box.append(button);
    }
    this.append(box);
    setTimeout(() => box.remove(), seconds * 1000);
  }
}
customElements.define("m-toast", Toast);
