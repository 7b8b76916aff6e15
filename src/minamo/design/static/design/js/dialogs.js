// Buttons with data-opens="<id>" open the dialog of that id; focus returns to the button by itself.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-opens]");
  const dialog = button && document.getElementById(button.dataset.opens);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
});

// <m-confirm data-text data-yes data-kind>: asks once before a form that leaves the house or shuts somebody out. Everything else
// has undo instead.
class Confirm extends HTMLElement {
  connectedCallback() {
    this.ask = (event) => this.answer(event);
    this.addEventListener("submit", this.ask, true);
  }

  disconnectedCallback() {
    this.removeEventListener("submit", this.ask, true);
  }

  answer(event) {
    if (this.sure) {
      this.sure = false;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const { target: form, submitter } = event;
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-label", "確かめ");
    const text = document.createElement("p");
    text.textContent = this.dataset.text;
    const acts = document.createElement("form");
    acts.method = "dialog";
    acts.className = "dialog-acts";
    acts.append(this.button("やめる", "", ""), this.button(this.dataset.yes, this.dataset.kind, "yes"));
    dialog.append(text, acts);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue !== "yes") return;
      this.sure = true;
      form.requestSubmit(submitter);
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  button(text, kind, value) {
    const button = document.createElement("button");
    Object.assign(button, { className: `btn ${kind}`, value, textContent: text });
    return button;
  }
}
customElements.define("m-confirm", Confirm);
