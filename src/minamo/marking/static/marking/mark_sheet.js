// <m-sheet>: many answers of one kind at once, before anything is marked. Odd ones are taken out first; who confirms, marks.
const { el, kbd, picture } = self.MinamoMarks;

class Sheet extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.list = this.querySelector("ol");
    this.addEventListener("click", (event) => this.click(event));
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("close", () => {
      if (this.dialog.open) return; // told late: the next sheet is on the table already
      this.list.replaceChildren();
      this.onclosed?.();
    });
  }

  // `read`: what the machine read stands under each picture. `offer`: points that Enter gives, or null when the machine has no word in it. `done(pages, points, odd)`.
  show({ title, hint, pages, state, view, names, offer, read = false, done }) {
    Object.assign(this, { state, offer, done, full: state.full });
    this.out = new Set();
    this.querySelector("h2").textContent = title;
    this.querySelector("[data-hint]").textContent = hint;
    const at = new Map(state.answers.map(({ page }, index) => [page, index]));
    this.list.replaceChildren(...pages.map((page) => {
      const answer = state.byPage.get(page);
      const who = view.nameOf(answer, at.get(page), names);
      const button = el("button", { class: "answer", type: "button", data: { page } },
        el("span", { class: "answer-top" }, el("span", { class: "answer-who" }, who), el("span", { class: "sign", ariaHidden: "true" })),
        el("span", { class: "crop" }, picture(view.urlOf(answer), answer.size)), read ? el("span", { class: "read num" }, answer.reading) : null);
      button.setAttribute("aria-label", read ? `${who} 読み ${answer.reading}` : who);
      return el("li", {}, button);
    }));
    this.list.dataset.shape = view.grid.dataset.shape;
    this.paint();
    this.dialog.showModal();
    this.cards[0]?.focus();
  }

  get cards() { return [...this.list.querySelectorAll(".answer")]; }
  get pages() { return this.cards.map((card) => card.dataset.page).filter((page) => !this.out.has(page)); }

  paint() {
    for (const card of this.cards) {
      const inside = !this.out.has(card.dataset.page);
      card.setAttribute("aria-pressed", String(inside));
      card.querySelector(".sign").textContent = inside ? "✓" : "外す";
    }
    const count = this.pages.length;
    const words = (points) => (points === this.full ? `${count}人を○（${points}点）にする` : points === 0 ? `${count}人を×（0点）にする` : `${count}人を△（${points}点）にする`);
    const acts = this.offer === null ? [[this.full, "F"], [0, "J"]] : [[this.offer, "Enter"]];
    this.querySelector("[data-acts]").replaceChildren(...acts.map(([points, key], at) =>
      el("button", { class: `btn ${at === 0 && this.offer !== null ? "primary" : ""}`, type: "button", disabled: !count, data: { give: points } }, words(points), kbd(key))));
  }

  click(event) {
    const give = event.target.closest("[data-give]");
    if (give) return this.confirm(Number(give.dataset.give));
    const card = event.target.closest("ol .answer");
    if (card) this.toggle(card);
    else if (event.target.closest("[data-close]")) this.dialog.close();
  }

  toggle(card) {
    const { page } = card.dataset;
    if (!this.out.delete(page)) this.out.add(page);
    this.paint();
  }

  confirm(points) {
    const pages = this.pages;
    this.dialog.close();
    if (pages.length) this.done(pages, points, [...this.out]);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const cards = this.cards;
    const at = cards.indexOf(document.activeElement);
    const columns = cards.findIndex((card) => card.offsetTop !== cards[0].offsetTop);
    const row = columns > 0 ? columns : cards.length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const give = (points) => this.confirm(points);
    if (key in steps) cards[Math.min(cards.length - 1, Math.max(0, at + steps[key]))]?.focus();
    else if ((key === " " || key === "x") && at >= 0) this.toggle(cards[at]);
    else if (key === "Enter" && (at >= 0 || document.activeElement === this.dialog)) { if (this.offer !== null) give(this.offer); }
    else if (this.offer === null && key === "f") give(this.full);
    else if (this.offer === null && key === "j") give(0);
    else if (this.offer === null && /^[0-9]$/.test(key) && Number(key) <= this.full) give(Number(key));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
customElements.define("m-sheet", Sheet);
