// <m-toast>: short messages, with undo and a next step where there are. Any code: document.dispatchEvent(new CustomEvent("toast", {detail: {text, undo, next: [label, work]}})).
class Toast extends HTMLElement {
  connectedCallback() {
    document.addEventListener("toast", (event) => this.show(event.detail));
    document.body.addEventListener("htmx:responseError", (event) => {
      const { xhr } = event.detail;
      if (xhr.status === 422) return;
      const { words, way, to } = self.MinamoRefusal.heard(xhr);
      const next = to ? [self.MinamoRefusal.words(way), () => location.assign(to)] : undefined;
      if (xhr.status === 403 && words) this.show({ text: words, next, seconds: 20 });
      else this.show({ text: "うまくいきませんでした。入力は残っています。もう一度お試しください。" });
    });
    document.body.addEventListener("htmx:sendError", () => this.show({ text: "回線がつながりません。入力は残っています。" }));
  }

  show({ text, undo, label = "取り消す", next, seconds = 8 }) {
    const box = document.createElement("div");
    box.className = "toast";
    box.append(text);
    for (const [words, work] of [next, undo && [label, undo]].filter(Boolean)) {
      const button = document.createElement("button");
      button.className = "btn small";
      button.textContent = words;
      button.addEventListener("click", () => { work(); box.remove(); });
      box.append(button);
    }
    this.append(box);
    setTimeout(() => box.remove(), seconds * 1000);
  }
}
customElements.define("m-toast", Toast);
