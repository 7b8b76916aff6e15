// <m-pages>: rows that do not fit below each other on the large screen take turns, so that nobody is lost below its edge.
// A tap shows the next ones; under the pointer they stay. On narrow screens all rows stand below each other.
const TURN = 12000;
const WIDE = matchMedia("(min-width: 1000px)");
const MARGIN = 56;

class Pages extends HTMLElement {
  connectedCallback() {
    this.number = 0;
    this.lay = () => this.layOut();
    this.addEventListener("click", () => this.turn());
    addEventListener("resize", this.lay);
    this.timer = setInterval(() => this.matches(":hover") || this.turn(), TURN);
    requestAnimationFrame(this.lay);
  }

  disconnectedCallback() {
    removeEventListener("resize", this.lay);
    clearInterval(this.timer);
  }

  // Measure all rows, then share them out over as many pages as the height of the screen asks for.
  layOut() {
    const rows = [...this.querySelectorAll(".board-row")];
    for (const row of rows) row.hidden = false;
    this.sheets = [rows];
    if (WIDE.matches) this.sheets = this.share(rows, this.room());
    this.show();
  }

  room() {
    let below = MARGIN;
    for (let next = this.nextElementSibling; next; next = next.nextElementSibling) below += next.offsetHeight;
    return Math.max(160, innerHeight - (this.getBoundingClientRect().top + scrollY) - below);
  }

  share(rows, room) {
    const sheets = [[]];
    let used = 0;
    for (const row of rows) {
      if (used + row.offsetHeight > room && sheets.at(-1).length) {
        sheets.push([]);
        used = 0;
      }
      sheets.at(-1).push(row);
      used += row.offsetHeight;
    }
    return sheets;
  }

  turn() {
    this.number += 1;
    this.show();
  }

  show() {
    const now = this.number % this.sheets.length;
    this.sheets.forEach((rows, place) => { for (const row of rows) row.hidden = place !== now; });
    let label = this.querySelector(".board-page");
    if (!label) {
      label = Object.assign(document.createElement("p"), { className: "board-page" });
      this.append(label);
    }
    label.hidden = this.sheets.length === 1;
    label.textContent = `${now + 1} / ${this.sheets.length}　つづきは順に出ます`;
  }
}
customElements.define("m-pages", Pages);
