// <m-health>: the sheet of 健康観察. It stays open, with everything typed, until the record is kept: a refusal stands
// beside the field it is about. Without a line the record goes into the register's waiting line like every other.
class Health extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.form = this.querySelector("form");
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.form.addEventListener("input", () => this.say("", ""));
    this.addEventListener("change", (event) => this.well(event.target));
    this.dialog.addEventListener("close", () => this.closed());
  }

  get register() { return document.querySelector("m-register"); }
  field(name) { return this.querySelector(`#${name}`); }

  open(row, focus) {
    const { items, temperature, healthNote, note } = row.querySelector("[data-health]").dataset;
    this.pupil = row.dataset.pupil;
    this.noteBefore = note;
    this.querySelector("h2").textContent = `${row.querySelector(".name").textContent}さん　健康観察とメモ`;
    for (const box of this.querySelectorAll("[name=item]")) box.checked = items.split(" ").includes(box.value);
    for (const [name, value] of [["temperature", temperature], ["health-note", healthNote], ["note", note]]) this.field(name).value = value;
    const marked = row.dataset.code !== ""; // a memo stands beside a mark
    this.field("note").disabled = !marked;
    this.field("note-help").hidden = marked;
    this.say("", "");
    this.dialog.showModal();
    this.querySelector(focus ?? "[name=item]")?.focus();
  }

  // 良好 and a complaint exclude each other.
  well(target) {
    if (target.name !== "item" || !target.checked) return;
    const isWell = "well" in target.dataset;
    for (const box of this.querySelectorAll("[name=item]")) if (("well" in box.dataset) !== isWell) box.checked = false;
  }

  async submit(event) {
    event.preventDefault();
    if (event.submitter?.value === "cancel") return this.dialog.close();
    if (this.busy) return;
    this.busy = true;
    const reason = this.field("health-reason")?.value.trim();
    const answer = await this.register.send(reason ? [...this.fields(), ["reason", reason]] : this.fields(), [this.pupil], { quiet: true });
    this.busy = false;
    if (!answer.refused) return this.dialog.close();
    this.say(answer.field, answer.refused);
  }

  fields() {
    const fields = [["health", this.pupil], ...[...this.querySelectorAll("[name=item]:checked")].map((box) => ["item", box.value])];
    fields.push(["temperature", this.field("temperature").value], ["health_note", this.field("health-note").value]);
    const note = this.field("note").value;
    if (note !== this.noteBefore) fields.push(["note", note]);
    return fields;
  }

  // The message at its field; without a field, above the buttons.
  say(name, text) {
    const input = name && this.field(name);
    for (const id of ["temperature", "health"]) {
      const place = this.field(`${id}-error`);
      const here = text !== "" && id === (input ? name : "health");
      place.hidden = !here;
      place.textContent = here ? text : "";
    }
    this.field("temperature").toggleAttribute("aria-invalid", Boolean(input && text));
    if (input && text) { input.setAttribute("aria-invalid", "true"); input.focus(); input.select(); }
  }

  closed() {
    this.register.row(this.pupil)?.querySelector("[data-health]")?.focus({ preventScroll: true });
  }
}
customElements.define("m-health", Health);
