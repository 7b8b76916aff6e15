// 紙のない人: their names stand on the page of owners before anything is pressed, and one press says that they were absent. Nothing is
// ticked by itself, and a tick is kept only with "これで決める".
const label = (row) => `${row.dataset.number || "—"}番 ${row.dataset.name}`;

export class Gaps {
  constructor(check) {
    this.check = check;
    const press = check.querySelector("[data-gap-do]");
    press.hidden = false;
    press.addEventListener("click", () => this.absent());
  }

  // Without a paper and not said to be absent; while papers are open or wait in the tray only who was away by the register. Who was at
  // school has lost her paper: she is never among them.
  get rows() {
    const check = this.check;
    const whole = !check.dataset.waiting && !check.querySelector(".open-papers:not([hidden]) .open-row") && check.querySelector(".paper");
    return check.rows.filter((row) => {
      if (check.paper(row) || row.querySelector("[name=absent]").checked || row.dataset.standing === "here") return false;
      return row.dataset.standing === "away" || whole;
    });
  }

  show() {
    const rows = this.rows;
    for (const count of this.check.querySelectorAll("[data-gap-count]")) count.textContent = rows.length;
    this.check.querySelector("[data-gap-names]").replaceChildren(...rows.map((row) => {
      const line = Object.assign(document.createElement("li"), { textContent: label(row) });
      if (row.dataset.said) line.append(Object.assign(document.createElement("span"), { className: "sub", textContent: `（${row.dataset.said}）` }));
      return line;
    }));
    this.check.querySelector("[data-gaps]").hidden = !rows.length;
  }

  absent() {
    const { check, rows } = this;
    if (!rows.length) return check.say("紙がなく、欠席の印もない人はいません。");
    for (const row of rows) {
      row.querySelector("[name=absent]").checked = true;
      row.classList.add("away");
    }
    const focus = document.activeElement?.closest("[data-gaps]");
    check.keep();
    if (focus) check.current?.focus({ preventScroll: true });
    check.say(`紙のない${rows.length}人を欠席にしました（${rows.map(label).join("、")}）。「これで決める」まで保存されません。`);
  }
}
