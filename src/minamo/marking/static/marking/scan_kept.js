// What was chosen on the page of owners and is not decided yet: what differs from the server's rows, kept as a draft after every
// choice and laid over the rows again when the page is opened anew, as far as nobody else has decided meanwhile.
import { Draft } from "./scan_draft.js";

const other = (rows) => Object.fromEntries(rows.filter(([, [was, now]]) => was !== now));

export class Kept {
  constructor(check) {
    this.check = check;
    this.draft = new Draft(check.dataset.who, check.dataset.sitting, JSON.parse(check.dataset.keys));
    this.onleave = (event) => { if (!this.sent && this.unsaved) event.preventDefault(); };
    addEventListener("beforeunload", this.onleave);
    check.form.addEventListener("submit", () => { this.sent = true; this.keep(); });
    check.querySelector("[data-discard]").addEventListener("click", () => this.discard());
  }

  end() { removeEventListener("beforeunload", this.onleave); }
  get papers() { return [...this.check.querySelectorAll(".paper")]; }

  // {page: [was, now]}, {pupil: [was, now]}, {page: pupil} looked at and found right
  get choices() {
    const boxes = [...this.check.querySelectorAll("[name=absent]")];
    const owners = this.papers.map((one) => [one.dataset.page, [one.dataset.was, one.querySelector("select").value]]);
    const absent = boxes.map((one) => [one.value, [Boolean(one.dataset.was), one.checked]]);
    const sure = this.papers.filter((one) => one.dataset.sure).map((one) => [one.dataset.page, one.dataset.sure]);
    return { owners: other(owners), absent: other(absent), sure: Object.fromEntries(sure) };
  }

  // {page: pupil} as it goes to the server
  get whole() { return Object.fromEntries(this.papers.map((one) => [one.dataset.page, one.querySelector("select").value])); }

  // Whether what was sent stands on the server: every paper that had a pupil is decided, every change is as it was sent.
  arrived({ sent, whole = {}, owners, absent }) {
    if (!sent) return false;
    const said = Object.fromEntries(this.papers.map((one) => [one.dataset.page, one.querySelector("[name^=said-]").value]));
    const away = (pupil) => Boolean(this.check.querySelector(`[name=absent][value="${pupil}"]`)?.dataset.was);
    return Object.entries(whole).every(([page, pupil]) => !pupil || said[page])
      && Object.entries(owners).every(([page, [was, now]]) => (now ? said[page] === now : said[page] !== was))
      && Object.entries(absent).every(([pupil, [, now]]) => away(pupil) === now);
  }

  get unsaved() { return "refused" in this.check.dataset || Object.values(this.choices).some((one) => Object.keys(one).length); }
  keep() { return this.unsaved ? this.draft.write({ ...this.choices, ...(this.sent && { sent: true, whole: this.whole }) }) : this.draft.drop(); }

  async resume() {
    const kept = await this.draft.read();
    if (!kept || "refused" in this.check.dataset) return;
    if (this.arrived(kept)) return this.draft.drop();
    const others = this.owners(kept.owners);
    for (const row of this.check.rows) this.row(row, kept);
    if (this.unsaved) {
      const words = this.check.querySelector("[data-resumed-words]");
      words.textContent = others && !kept.sent ? `ほかで変わった答案${others}枚は、いまの決まりのままです。` : "";
      this.check.querySelector("[data-resumed]").hidden = false;
      this.check.look();
    }
    this.keep();
  }

  // → how many papers somebody else has decided meanwhile
  owners(kept) {
    const papers = new Map(this.papers.map((one) => [one.dataset.page, one]));
    const wanted = Object.entries(kept).map(([page, [was, now]]) => ({ paper: papers.get(page), was, now }))
      .filter(({ paper, now }) => paper && paper.querySelector("select").value !== now);
    const mine = wanted.filter(({ paper, was }) => paper.dataset.was === was);
    for (const { paper } of mine) if (paper.closest("tr[data-pupil]")) this.check.loose(paper);
    for (const { paper, now } of mine) {
      const row = this.check.rows.find((one) => one.dataset.pupil === now);
      if (row && !this.check.paper(row)) this.check.put(paper, row);
    }
    return wanted.length - mine.length;
  }

  row(row, { absent, sure }) {
    const box = row.querySelector("[name=absent]"), paper = this.check.paper(row);
    const [was, now] = absent[row.dataset.pupil] ?? [];
    if (now !== undefined && was === Boolean(box.dataset.was) && !(now && paper)) {
      box.checked = now;
      row.classList.toggle("away", now);
    }
    if (paper?.matches(".doubt") && sure[paper.dataset.page] === row.dataset.pupil) {
      this.check.sure(paper);
      paper.dataset.sure = row.dataset.pupil;
    }
  }

  async discard() {
    await this.draft.drop();
    this.sent = true;
    location.assign(location.pathname);
  }
}
