// <m-sheet-drop>: a file dropped anywhere on the form is chosen; the name of the test is proposed from the file; while the boxes
// are looked for, the form says so and cannot be sent twice.
class SheetDrop extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.file = this.querySelector("input[type=file]");
    this.drop = this.querySelector(".drop");
    for (const name of ["dragover", "dragleave", "drop"]) this.form.addEventListener(name, (event) => this.dragged(event));
    this.file.addEventListener("change", () => this.named());
    this.file.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || this.file.files.length) return;
      event.preventDefault(); // Enter would send the form without a file
      this.file.click();
    });
    this.form.addEventListener("submit", () => this.sent());
    window.addEventListener("pageshow", () => this.ready());
  }

  dragged(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.drop.classList.toggle("over", event.type === "dragover");
    if (event.type !== "drop" || !event.dataTransfer.files.length) return;
    this.file.files = event.dataTransfer.files;
    this.named();
  }

  named() {
    const title = this.form.elements.title;
    const name = this.file.files[0]?.name.replace(/\.[^.]+$/, "") ?? "";
    if (name && (!title.value || title.value === this.proposed)) title.value = this.proposed = name.slice(0, 60);
    this.next().focus();
  }

  // What is still empty, so that nobody passes it over; a finger needs no field with its keyboard over the page. Enter sends from both.
  next() {
    const { title, subject } = this.form.elements;
    const empty = matchMedia("(pointer: coarse)").matches ? null : [title, subject].find((field) => !field.value);
    return empty ?? this.form.querySelector("button.primary");
  }

  sent() {
    this.form.querySelector("button.primary").disabled = true;
    this.querySelector(".finding").textContent = "枠を見つけています（数秒かかります）";
  }

  ready() {
    this.form.querySelector("button.primary").disabled = false;
    this.querySelector(".finding").textContent = "";
  }
}
customElements.define("m-sheet-drop", SheetDrop);
